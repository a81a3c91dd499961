// One structured line per CallEvent. What people said, pressed and their numbers are left out unless asked for.
import type { Logger } from 'pino';
import type { CallEvent } from '../call/call.ts';

/** The fields of a CallEvent that are personal data. */
const PERSONAL_FIELDS = ['from', 'to', 'text', 'transcript', 'digits', 'said', 'heard', 'wanted', 'spoken'];

/** A subscriber that writes to `log`. */
export function logCallEvents(log: Logger, withTranscripts: boolean): (event: CallEvent) => void {
  return ({ at: _at, ...event }) => {
    const fields = withTranscripts
      ? event
      : Object.fromEntries(Object.entries(event).filter(([name]) => !PERSONAL_FIELDS.includes(name)));
    log[levelOf(event)](fields, event.type);
  };
}

/** At `info` a turn is one line: what led to it is in its own. */
function levelOf(event: Pick<CallEvent, 'type'>): 'debug' | 'info' | 'warn' | 'error' {
  switch (event.type) {
    case 'bug-found':
      return 'error';
    case 'input-refused':
    case 'speech-lost':
    case 'line-lost':
    case 'spoken-otherwise':
    case 'transfer-failed':
      return 'warn';
    case 'call-started':
    case 'line-connected':
    case 'turn-finished':
    case 'reply-resumed':
    case 'transfer-began':
    case 'digits-sent':
    case 'call-ended':
      return 'info';
    case 'speech-ready':
    case 'caller-began-speaking':
    case 'caller-stopped-speaking':
    case 'caller-said':
    case 'digits-pressed':
    case 'line-spoken':
    case 'turn-started':
    case 'agent-began-replying':
    case 'segment-asked':
    case 'reply-began':
    case 'reply-heard':
    case 'reply-held':
      return 'debug';
  }
}
