// A call's events as lines for a terminal; pure. A terminal obeys control characters, so none of what people say may reach
// it unfiltered.
import type { ToldEvent } from './call-feed.ts';
import { cutText } from '../../call/text.ts';

export interface Told {
  readonly who: 'relay' | 'agent' | 'callee';
  readonly what: string;
}

const LONGEST = 500;

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
      return relay('that was a call screener asking who is calling');
    case 'caller-said':
      return plain(event['transcript']) === '' ? null : { who: 'callee', what: quoted('transcript') };
    case 'digits-pressed':
      return { who: 'callee', what: `presses ${plain(event['digits'])}` };
    case 'segment-asked':
      // The relay's own lines come as `line-spoken`.
      return event['turnId'] === null ? null : { who: 'agent', what: quoted('text') };
    case 'line-spoken':
    case 'operator-said':
      return { who: 'agent', what: quoted('text') };
    case 'operator-noted':
      return relay(`the agent receives a note: ${quoted('text')}`);
    case 'turn-finished':
      return relay(howTurnEnded(event));
    case 'transfer-began':
      return relay(`transferring to ${plain(event['to'])}`);
    case 'transfer-failed':
      return relay(`the transfer failed (${plain(event['why'])})`);
    case 'digits-sent':
      return relay(`pressing ${plain(event['digits'])}`);
    case 'line-lost':
      return relay('the line broke; waiting for its return');
    case 'speech-away':
      return relay('the voice is gone; reconnecting');
    case 'call-taken-up':
      return relay('another process continues the call');
    case 'call-ended':
      return event['reason'] === 'handed-over' ? null : relay(endOf(event));
    default:
      return null;
  }
}

/** `  3.42 s  agent   "…"` */
export function lineOf({ who, what }: Told, sinceBeginMs: number): string {
  const seconds = (Math.max(0, sinceBeginMs) / 1000).toFixed(2).padStart(6);
  return `${seconds} s  ${who.padEnd(7)} ${what}`;
}

export function plain(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = value.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return text.length > LONGEST ? `${cutText(text, LONGEST)} …` : text;
}

const ANSWERED_BY: Readonly<Record<string, string>> = {
  human: 'Twilio hears a person',
  machine: 'an answering machine',
  fax: 'a fax machine',
};

function relay(what: string): Told;
function relay(what: string | null): Told | null;
function relay(what: string | null): Told | null {
  return what === null ? null : { who: 'relay', what };
}

function howTurnEnded(event: ToldEvent): string | null {
  const heard = plain(event['heard']);
  switch (event['outcome']) {
    case 'interrupted':
      return heard === ''
        ? 'interrupted before its first word was heard'
        : `interrupted; heard up to: "${heard}"`;
    case 'joined':
      return plain(event['said']) === '' ? null : 'the callee went on before its first word was heard';
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
  'caller-hung-up': 'the callee hung up',
  'operator-ended': 'you hung up',
  'callee-busy': 'the line is busy',
  'no-answer': 'nobody picked up',
  unreachable: 'the number cannot be reached',
  canceled: 'cancelled before anybody picked up',
  'carrier-rejected': 'Twilio refused to place it; the relay logs the error code',
  'never-known': 'Twilio never reported how it ended',
  'no-stream': 'somebody picked up, but Twilio sent no audio',
  'voicemail-left': 'left the message on an answering machine',
  machine: 'an answering machine',
  transferred: 'transferred',
  silence: 'the callee stayed silent',
  'too-long': 'maxMinutes have passed',
  'too-costly': 'it cost what MAX_CALL_COST allows',
};
