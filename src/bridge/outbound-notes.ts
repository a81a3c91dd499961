// What the agent of an outbound call receives: a few words around the task, by its type. And how to tell a call screener
// from a person: a screener never counts as an answering machine, so a mailbox that asks for a name must not match.
import type { Assignment, TaskType } from '../call/assignment.ts';
import type { CallFacts } from '../call/call.ts';
import type { Note } from '../call/notes.ts';
import { cutText } from '../call/text.ts';

const LONGEST_PROMPT = 8000;
const LONGEST_CONTEXT = 8000;
/** In characters: a screener says at once what it is. */
const LONGEST_QUESTION = 600;

const AROUND: Readonly<Record<TaskType, string>> = {
  appointment_reminder:
    'It is to remind them of an appointment. Say when and where it is, and find out whether they will come, want ' +
    'another time, or cancel.',
  survey:
    'It is a survey. Ask first whether they have a moment. Ask one question at a time, in the order given, take each ' +
    'answer as it is, and let them skip one or stop.',
  notification:
    'It is to let them know something. Tell it in a sentence or two, make sure that they have understood, and answer ' +
    'what they ask.',
  custom: 'It is for one purpose.',
};

/**
 * The first note of an outbound call: one line in square brackets, within which the context's JSON keeps its own.
 * Without `hasContext` it leaves out numbers and time, but never the task.
 */
export function outboundOpeningNote(call: CallFacts, localTime: string, hasContext: boolean): string {
  const about = hasContext
    ? `You have placed an outbound phone call to ${oneLine(call.to)} from ${oneLine(call.from)}; it is ${localTime}.`
    : 'You have placed an outbound phone call.';
  const parts = [
    about,
    'You call on behalf of the business that you work for; whoever answers did not ask for the call, and is "the caller" in these notes.',
    ...(call.outbound === undefined ? [] : taskWords(call.outbound.assignment)),
    'They speak first, and your words are read aloud to them. In your first sentence say who you are, for whom you call and ' +
      'why; if they ask, you are an AI assistant. If it is the wrong person or a bad moment, apologise and end the call. ' +
      'When all is done, say goodbye and end it.',
  ];
  return `[${parts.join(' ')}]`;
}

/** The answer to a call screener decides whether anybody picks up. */
export function screenerNote(): Note {
  return {
    kind: 'needed',
    text:
      '[That is a call screener, not the person. Tell it in one sentence who is calling, for whom and why; then wait, ' +
      'and begin anew when the person speaks.]',
  };
}

function taskWords({ task, voicemail }: Assignment): string[] {
  const context = JSON.stringify(task.context);
  return [
    AROUND[task.type],
    `Your task: ${cut(oneLine(task.prompt), LONGEST_PROMPT)}`,
    ...(context === '{}' ? [] : [`What you know: ${cut(context, LONGEST_CONTEXT)}`]),
    voicemail === null
      ? 'If an answering machine picks up, leave no message: the call is ended for you.'
      : 'If an answering machine picks up, leave no message yourself: one is left for you.',
  ];
}

/**
 * Whether a machine asks on somebody's behalf who is calling: Google's, Apple's, Samsung's, Truecaller's or a carrier's, in
 * English, German, Spanish or French. A person asks the same in other words.
 */
export function isScreener(transcript: string): boolean {
  const said = plain(transcript.slice(0, LONGEST_QUESTION));
  if (SCREENERS.some((phrase) => phrase.test(said))) return true;
  return !MAILBOXES.some((phrase) => phrase.test(said)) && ASKING.some((phrase) => phrase.test(said));
}

/** Only screeners say this. */
const SCREENERS: readonly RegExp[] = [
  /\bscreening (?:service|assistant)\b/,
  /\b(?:using|uses|with) (?:a |an |the )?(?:google |pixel |samsung |apple )?(?:call|anruf) ?(?:screen|screening|assist|guardian)\b/,
  /\b(?:truecaller|robokiller|nomorobo|bixby|google) (?:ai )?(?:assistant|text call|call screen)\b/,
  /\bget a copy of (?:this|the) (?:conversation|call)\b/,
  /\bbefore i try to connect\b/,
  /\b(?:digital|virtual|ai) (?:assistant|receptionist)\b.{0,160}\byour name\b.{0,40}\b(?:why|reason)\b/,
  /\b(?:name|who|why|reason)\b.{0,60}\b(?:google voice|i) will try to connect you\b/,
  /\brecord your name and (?:the )?reason\b/,
  /\bill see if (?:this|the) person is available\b/,
  /\b(?:does not|doesnt) accept (?:calls from )?(?:unidentified|unknown|anonymous|private|blocked)\b.{0,120}\bname\b/,
  /\bcall guardian\b/,
  /\banruf ?(?:filter|screening)\b/,
  /\bscreening dienst\b/,
  /\berhalt eine kopie (?:dieser|der|dieses|des) (?:unterhaltung|gesprachs|konversation)\b/,
  /\bnamen und (?:den )?grund (?:fur )?(?:deine[sn]|ihre[sn]) anrufs? (?:aufnimmst|aufnehmen|aufzeichnest|aufsprichst)\b/,
  /\b(?:filtro|filtrado|seleccion) de llamadas\b/,
  /\b(?:recibira|obtendra) una copia de (?:esta|la) conversacion\b/,
  /\bgrabas? tu nombre y (?:el )?motivo\b/,
  /\bfiltrage (?:d ?appels?|des appels)\b/,
  /\b(?:recevra|obtiendra|aura) une copie de (?:cette|la) conversation\b/,
  /\benregistrez votre nom et (?:le |la )?(?:motif|raison)\b/,
];

/** A recording asks for name and reason at once, or for a name after a tone. */
const ASKING: readonly RegExp[] = [
  /\b(?:say|state|record|speak) your (?:full )?name (?:and|or) (?:the |your )?(?:why|reason|purpose|company|what|who)\b/,
  /\b(?:say|state|record|speak) your (?:full )?name (?:after|at) the (?:tone|beep)\b/,
  /\bat the (?:tone|beep) (?:please )?(?:say|state|record|speak) your (?:full )?name\b/,
  /\bperson (?:youre|you are) (?:calling|trying to reach)\b.{0,120}\b(?:say|state|record|speak) your name\b/,
  /\b(?:nenne|nennen sie|sage?|sagen sie|sprich|sprechen sie) (?:bitte )?(?:deinen|ihren) namen und (?:den |warum |weshalb |wieso )(?:grund )?/,
  /\b(?:di|diga|indica|indique|graba|grabe) (?:por favor )?(?:tu|su) nombre y (?:por que|el motivo|la razon|el asunto)\b/,
  /\b(?:dites|indiquez|indiquer|enregistrez|enregistrer|enoncez|dis|indique) (?:s ?il vous plait )?(?:votre|ton) nom et (?:la raison|le motif|l ?objet|pourquoi|pour quelle raison)\b/,
];

/** A mailbox wants a message. */
const MAILBOXES: readonly RegExp[] = [
  /\bmessages?\b|\bvoice ?mail\b|\bmailbox\b|\b(?:call|get back to|return) you(?:r call)?\b|\byour (?:phone )?number\b/,
  /\bnachricht\b|\bmailbox\b|\banrufbeantworter\b|\bzuruck\b|\brufnummer\b|\btelefonnummer\b/,
  /\bmensaje\b|\bbuzon\b|\bcontestador\b|\bdevolver\w*\b|\btu numero\b|\bsu numero\b/,
  /\bmessagerie\b|\brepondeur\b|\brappel\w*\b|\bvotre numero\b/,
];

/** Lower case, no accents or apostrophes, single spaces: a transcript's spelling does not matter. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’ʼ`]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function oneLine(text: string): string {
  return text.replace(/[[\]\s]+/g, ' ').trim();
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${cutText(text, length)} … (cut off here)`;
}
