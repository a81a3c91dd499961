// The conversation of a call as one list: what was said and heard, and between it what happened. Folded from the events by the
// server's own rules of a transcript, so that a live call and an old one read alike. Pure.
import type { CallEvent } from '../../../call/call.ts';
import { type TranscriptLine, transcriptOf } from '../../../call/transcript.ts';

/** A voice is noticed so long after its first sound. */
const ONSET_MS = 300;

/** What happened between the lines; `sign` stands before its words. */
export interface Happening {
  readonly at: number;
  readonly sign: string;
  readonly words: string;
  /** Said by somebody: shown as text that is theirs. */
  readonly quote?: string;
  readonly isBad?: boolean;
}

export type Item =
  | {
      readonly is: 'line';
      readonly at: number;
      /** Since when it is heard; a caller's line is known only after it was said. */
      readonly from: number;
      readonly index: number;
      readonly line: TranscriptLine;
    }
  | ({ readonly is: 'happening' } & Happening);

export function conversationOf(events: readonly CallEvent[]): Item[] {
  const begins = callerBegins(events);
  const lines = transcriptOf(events).map((line, index): Item => {
    const isVoice = line.who === 'caller' && line.by === 'voice';
    const from = (isVoice ? begins.shift() : undefined) ?? line.at;
    return { is: 'line', at: line.at, from, index, line };
  });
  const happenings = events.flatMap((event): Item[] => {
    const happening = happeningOf(event);
    return happening === null ? [] : [{ is: 'happening', ...happening }];
  });
  return [...lines, ...happenings].sort((one, other) => one.at - other.at);
}

/** When each utterance that became a line began, in their order. */
function callerBegins(events: readonly CallEvent[]): number[] {
  const begins: number[] = [];
  let began: number | null = null;
  for (const event of events) {
    if (event.type === 'caller-began-speaking') began ??= event.at - ONSET_MS;
    if (event.type !== 'caller-said') continue;
    if (event.transcript !== '') begins.push(began ?? event.at);
    began = null;
  }
  return begins;
}

/** Words are taken out before events are stored, if the relay is set to keep none. */
export function areWordsKept(events: readonly CallEvent[]): boolean {
  const texts = events.flatMap((event) => {
    if (event.type === 'line-spoken') return [event.text];
    if (event.type === 'caller-said') return [event.transcript];
    return event.type === 'turn-finished' && event.outcome === 'done' ? [event.said] : [];
  });
  return texts.length === 0 || texts.some((text) => text !== '');
}

/** The part of `said` that was heard, word by word, and the rest. */
export function heardOf(said: string, heard: string): { readonly heard: string; readonly unheard: string } {
  if (said.startsWith(heard)) return { heard, unheard: said.slice(heard.length).trimStart() };
  // What was heard has other spaces than what was written.
  const words = said.split(/\s+/);
  const count = heard.split(/\s+/).filter((word) => word !== '').length;
  return { heard: words.slice(0, count).join(' '), unheard: words.slice(count).join(' ') };
}

function happeningOf(event: CallEvent): Happening | null {
  const { at } = event;
  switch (event.type) {
    case 'call-queued':
      return { at, sign: '◌', words: 'waits to be dialled' };
    case 'call-dialled':
      return { at, sign: '◌', words: 'dialled' };
    case 'call-rang':
      return { at, sign: '◌', words: 'rings' };
    case 'call-answered':
      return { at, sign: '○', words: 'answered' };
    case 'machine-detected':
      return { at, sign: '▣', words: `answered by: ${event.answeredBy}` };
    case 'screener-heard':
      return { at, sign: '▣', words: 'a call screener asked who is calling' };
    case 'call-taken-up':
      return event.wasLost
        ? { at, sign: '⇄', words: 'taken up by another process, after its process was lost', isBad: true }
        : { at, sign: '⇄', words: 'handed over to another process' };
    case 'line-lost':
      return { at, sign: '⚡', words: 'the line broke; waiting for it to come back', isBad: true };
    case 'speech-away':
      return {
        at,
        sign: '⚡',
        words: `the voice was away (${event.reason}) and is being dialled anew`,
        isBad: true,
      };
    case 'speech-lost':
      return { at, sign: '⚡', words: `the voice was lost (${event.reason})`, isBad: true };
    case 'transcriber-replaced':
      return { at, sign: '⚡', words: `transcription by ${event.by} in place of ${event.model}` };
    case 'reply-held':
      return { at, sign: '~', words: 'the caller made a sound: the reply was held' };
    case 'reply-resumed':
      return { at, sign: '~', words: 'it was no word: the reply went on' };
    case 'transfer-began':
      return { at, sign: '⇢', words: 'transfer began' };
    case 'transfer-failed':
      return { at, sign: '⇢', words: `the transfer came to nothing (${event.why})`, isBad: true };
    case 'digits-sent':
      return { at, sign: '⌨', words: 'keys sent:', quote: event.digits };
    case 'operator-noted':
      return { at, sign: '✎', words: 'note to the agent:', quote: event.text };
    case 'spoken-otherwise':
      return { at, sign: '≠', words: `wanted “${event.wanted}”, said “${event.spoken}”`, isBad: true };
    case 'bug-found':
      return { at, sign: '▲', words: 'a fault of the relay', isBad: true };
    default:
      return null;
  }
}
