// A call as it is told at a terminal, a line an event; pure. What people say comes from outside and goes to a terminal that
// obeys control characters: none is let through.
import type { ToldEvent } from './call-feed.ts';
import { cutText } from '../../call/text.ts';

export interface Told {
  readonly who: 'relay' | 'agent' | 'callee';
  readonly what: string;
}

const LONGEST = 500;

/** null: nothing that anybody at a terminal would want to know. */
export function toldOf(event: ToldEvent): Told | null {
  const quoted = (name: string): string => `"${plain(event[name])}"`;
  switch (event.type) {
    case 'call-queued':
      return relay(`a call to ${plain(event['to'])} waits to be dialled`);
    case 'call-dialled':
      return relay('dialling');
    case 'call-rang':
      return relay('it rings');
    case 'call-answered':
      return relay('answered');
    case 'machine-detected':
      return relay(ANSWERED_BY[plain(event['answeredBy'])] ?? null);
    case 'screener-heard':
      return relay('that was a call screener, which asks who is calling');
    case 'caller-said':
      return plain(event['transcript']) === '' ? null : { who: 'callee', what: quoted('transcript') };
    case 'digits-pressed':
      return { who: 'callee', what: `presses ${plain(event['digits'])}` };
    case 'segment-asked':
      // Lines of the relay's own come as `line-spoken`.
      return event['turnId'] === null ? null : { who: 'agent', what: quoted('text') };
    case 'line-spoken':
    case 'operator-said':
      return { who: 'agent', what: quoted('text') };
    case 'operator-noted':
      return relay(`the agent is told: ${quoted('text')}`);
    case 'turn-finished':
      return relay(howTurnEnded(event));
    case 'transfer-began':
      return relay(`transferring to ${plain(event['to'])}`);
    case 'transfer-failed':
      return relay(`the transfer came to nothing (${plain(event['why'])})`);
    case 'digits-sent':
      return relay(`pressing ${plain(event['digits'])}`);
    case 'line-lost':
      return relay('the line broke; waiting for it to come back');
    case 'speech-away':
      return relay('the voice is gone; dialling it again');
    case 'call-taken-up':
      return relay('another process goes on with the call');
    case 'call-ended':
      return event['reason'] === 'handed-over' ? null : relay(endOf(event));
    default:
      return null;
  }
}

/** As the demo's: `  3.42 s  agent   "…"`. */
export function lineOf({ who, what }: Told, sinceBeginMs: number): string {
  const seconds = (Math.max(0, sinceBeginMs) / 1000).toFixed(2).padStart(6);
  return `${seconds} s  ${who.padEnd(7)} ${what}`;
}

/** On one line, bounded, and without anything that a terminal would obey. */
export function plain(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = value.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return text.length > LONGEST ? `${cutText(text, LONGEST)} …` : text;
}

const ANSWERED_BY: Readonly<Record<string, string>> = {
  human: 'Twilio takes them for a person',
  machine: 'an answering machine',
  fax: 'a fax machine',
};

function relay(what: string): Told;
function relay(what: string | null): Told | null;
function relay(what: string | null): Told | null {
  return what === null ? null : { who: 'relay', what };
}

/** What was heard of a reply that was not heard whole. */
function howTurnEnded(event: ToldEvent): string | null {
  const heard = plain(event['heard']);
  switch (event['outcome']) {
    case 'interrupted':
      return heard === ''
        ? 'interrupted before a word of it was heard'
        : `interrupted; heard up to: "${heard}"`;
    case 'joined':
      return plain(event['said']) === '' ? null : 'they went on before a word of it was heard';
    case 'failed':
      return `the agent gave no answer (${plain(event['failure']) || 'failed'})`;
    default:
      return null;
  }
}

function endOf(event: ToldEvent): string {
  const reason = plain(event['reason']);
  const { durationMs } = event;
  const after =
    typeof durationMs === 'number' && durationMs > 0 ? `, after ${(durationMs / 1000).toFixed(1)} s` : '';
  return `the call is over: ${END_IN_WORDS[reason] ?? reason}${after}`;
}

const END_IN_WORDS: Readonly<Record<string, string>> = {
  'agent-ended': 'the agent has said goodbye',
  'caller-hung-up': 'they hung up',
  'operator-ended': 'you hung up',
  'callee-busy': 'the line is busy',
  'no-answer': 'nobody picked up',
  unreachable: 'the number cannot be reached',
  canceled: 'it was called off before anybody picked up',
  'carrier-rejected': 'Twilio refused to place it; the log of the relay has the code',
  'never-known': 'Twilio never said what became of it',
  'no-stream': 'somebody picked up, and Twilio sent no audio',
  'voicemail-left': 'the message was left on an answering machine',
  machine: 'an answering machine',
  transferred: 'transferred',
  silence: 'they said nothing any more',
  'too-long': 'maxMinutes are over',
};
