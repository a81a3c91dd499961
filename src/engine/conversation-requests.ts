// Conversations with the agents: begin, take turns, close. A reply that broke off is answered as far as it came, because
// the agent takes it for said; a reply of no words is a failure.
import { localTimeText } from '../call/hours.ts';
import { phoneTools } from '../call/phone-tools.ts';
import { check, refused, wrong } from '../http/checking.ts';
import { AUDIO_TYPES, TAKEN } from './audio-in.ts';
import type { Conversations, Talk } from './conversations.ts';
import type { EngineOptions, EngineProfile } from './engine-profile.ts';
import {
  type ConversationRequest,
  conversationRequest,
  type Format,
  type Reply,
  spokenTurnQuery,
  turnRequest,
} from './engine-schemas.ts';
import { answered, CLOSING, type Exchange, type Handle, jsonOf, type Outcome } from './exchange.ts';
import { agentProblem, speechProblem } from './failures.ts';
import type { Slots } from './slots.ts';
import { profileOf, readAloud, soundOf, VERBATIM_HEADER, wordsIn } from './speech-requests.ts';
import { type Answered, takeTurn } from './turn.ts';
import { newConversationId } from './whose.ts';
import { writeWave } from '../call/wav.ts';

export interface ConversationParts {
  readonly options: EngineOptions;
  readonly slots: Slots;
  readonly conversations: Conversations;
}

const UNKNOWN = refused(
  'unknown_conversation',
  'No conversation has this ID: it was closed, or the process that had it has ended. Begin another.',
);
const CLOSED = refused('conversation_closed', 'The conversation was closed meanwhile.');
const RUNNING = refused('turn_running', 'One turn at a time: wait for the answer to the last one.');
const FULL = refused(
  'too_many_conversations',
  'Close a conversation that is over with DELETE, or try again later.',
);
const NOTHING = refused('nothing_understood', 'The audio holds no words. The agent was not asked.');

export function beginConversation(parts: ConversationParts): Handle {
  return async (exchange) => {
    const request = await jsonOf(exchange, conversationRequest);
    if (request.is === 'wrong') return request;
    const begin = (): Promise<Outcome> => open(parts, request.value, exchange.signal);
    return request.value.audio ? parts.slots.hold(begin) : begin();
  };
}

export function takeTurnIn(parts: ConversationParts): Handle {
  return async (exchange) => {
    const { req } = exchange;
    const id = String(req.params['id']);
    if (!parts.conversations.has(id)) return UNKNOWN;
    if (typeof req.is(AUDIO_TYPES) === 'string')
      return parts.slots.hold(() => spokenTurn(parts, id, exchange));
    if (req.is([...AUDIO_TYPES, 'application/json']) === false)
      return refused('unsupported_media_type', `Send JSON or audio. ${TAKEN}`);
    const request = await jsonOf(exchange, turnRequest);
    if (request.is === 'wrong') return request;
    const { text, audio, format } = request.value;
    const run = (): Promise<Outcome> =>
      inTurn(parts, id, exchange, async (talk, signal) => {
        const said = await takeTurn(talk, text, { ...parts.options, wantsAudio: audio, signal });
        return outcomeOf(said, format, parts.options.log);
      });
    return audio ? parts.slots.hold(run) : run();
  };
}

export function closeConversation({ conversations }: ConversationParts): Handle {
  return async ({ req }) => (conversations.close(String(req.params['id'])) ? answered(204, null) : UNKNOWN);
}

async function open(
  { options, conversations }: ConversationParts,
  { profile: name, parameters, audio, format }: ConversationRequest,
  clientSignal: AbortSignal,
): Promise<Outcome> {
  const found = profileOf(options, name);
  if (found.is === 'wrong') return found;
  if (options.isLeaving()) return CLOSING;
  if (conversations.isFull) return FULL;
  const profile = found.value;
  const id = newConversationId(options.siblings);
  const greeting = profile.greeting === '' ? null : profile.greeting;
  const conversation = profile.agent.open({
    call: { id, carrier: null, from: 'anonymous', to: profile.name, parameters },
    note: openingNote(profile, parameters, options.clock.now()),
    greeting,
    tools: phoneTools(profile.transfers),
  });
  const lease = conversations.begin({ id, profile, conversation, notes: [], hasLostReply: false });
  const signal = AbortSignal.any([clientSignal, lease.signal]);
  let isBegun = false;
  try {
    const said =
      greeting === null
        ? await takeTurn(lease.talk, null, { ...options, wantsAudio: audio, signal })
        : greetedWith(greeting, audio ? await readAloud(greeting, profile, options, signal) : null);
    const outcome = outcomeOf(said, format, options.log);
    if (outcome.is === 'wrong' || signal.aborted) return outcome;
    isBegun = true;
    const idleAfterS = options.limits.idleMs / 1000;
    return answered(
      201,
      { id, profile: profile.name, idleAfterS, ...outcome.body },
      { ...outcome.headers, Location: `/conversations/${id}` },
    );
  } finally {
    lease.end();
    // The client never learns its ID.
    if (!isBegun) conversations.close(id);
  }
}

/** One line in square brackets, like a call's (call/notes.ts). */
function openingNote(
  { greeting, timeZone, notesOff }: EngineProfile,
  parameters: ConversationRequest['parameters'],
  now: number,
): string {
  const told = Object.entries(parameters).map(([name, value]) => ` ${name}: ${value}.`);
  const about = notesOff.has('context')
    ? 'A conversation has begun.'
    : `A conversation has begun, not over the phone but through a program; it is ${localTimeText(timeZone, now)}.${told.join('')}`;
  const greeted =
    greeting === ''
      ? 'Greet whoever is there in one short sentence.'
      : `They are being greeted with: "${greeting}"`;
  return `[${`${about} Your words may be read aloud. ${greeted}`.replace(/[[\]\s]+/g, ' ')}]`;
}

function greetedWith(greeting: string, sound: Answered['sound']): Answered {
  return { reply: { text: greeting, commands: [], refusals: [], failed: null }, sound };
}

async function spokenTurn(parts: ConversationParts, id: string, exchange: Exchange): Promise<Outcome> {
  const { options } = parts;
  const query = check(spokenTurnQuery, exchange.req.query);
  if (query.is === 'wrong') return query;
  const sound = await soundOf(exchange);
  if (sound.is === 'wrong') return sound;
  return inTurn(parts, id, exchange, async (talk, signal) => {
    const words = await wordsIn(sound.value, talk.profile, options, signal);
    if (words.is === 'wrong') return words;
    const { text } = words.value;
    if (text === '') return NOTHING;
    const wantsAudio = query.value.audio === 'true';
    const said = await takeTurn(talk, text, { ...options, wantsAudio, signal });
    const outcome = outcomeOf(said, query.value.format, options.log);
    return outcome.is === 'done' ? { ...outcome, body: { heard: text, ...outcome.body } } : outcome;
  });
}

async function inTurn(
  { conversations }: ConversationParts,
  id: string,
  exchange: Exchange,
  run: (talk: Talk, signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const lease = conversations.takeTurn(id);
  if (lease === null) return conversations.has(id) ? RUNNING : UNKNOWN;
  try {
    const outcome = await run(lease.talk, AbortSignal.any([exchange.signal, lease.signal]));
    return lease.signal.aborted ? CLOSED : outcome;
  } finally {
    lease.end();
  }
}

function outcomeOf({ reply, sound }: Answered, format: Format, log: (line: string) => void): Outcome {
  const { failed, text, commands } = reply;
  const unspoken = sound?.is === 'failed' ? speechProblem(sound, log) : null;
  const failure = failed === null ? unspoken : agentProblem(failed, log);
  if (failure !== null && text === '') return wrong(failure);
  const body: Reply = {
    text,
    commands: [...commands],
    ...(sound?.is === 'spoken' ? { audio: writeWave(sound.audio, format).toString('base64') } : {}),
    ...(failure === null ? {} : { failure: { code: failure.code, message: failure.message } }),
  };
  return answered(200, body, sound?.is === 'spoken' ? { [VERBATIM_HEADER]: sound.verbatim } : {});
}
