// One structured log line per CallEvent. Without LOG_TRANSCRIPTS it leaves out words, digits and phone numbers; it also leaves
// out error messages, because vendors and libraries quote keys and words in them.
import type { Logger } from 'pino';
import type { CallEvent } from '../../call/call.ts';

const PERSONAL_FIELDS = [
  'from',
  'to',
  'text',
  'transcript',
  'digits',
  'said',
  'heard',
  'wanted',
  'spoken',
  'notes',
  'heardOfLast',
];

const WARNINGS: ReadonlySet<CallEvent['type']> = new Set([
  'input-refused',
  'transcriber-replaced',
  'speech-away',
  'speech-lost',
  'line-lost',
  'spoken-otherwise',
  'transfer-failed',
]);
const DETAILS: ReadonlySet<CallEvent['type']> = new Set([
  'speech-ready',
  'caller-began-speaking',
  'caller-stopped-speaking',
  'caller-said',
  'digits-pressed',
  'line-spoken',
  'turn-started',
  'agent-told',
  'usage-counted',
  'agent-began-replying',
  'segment-asked',
  'reply-began',
  'reply-heard',
  'segment-heard',
  'greeting-heard',
  'reply-held',
]);

export function logCallEvents(log: Logger, withTranscripts: boolean): (event: CallEvent) => void {
  return ({ at: _at, ...event }) => {
    const fields = withTranscripts
      ? event
      : Object.fromEntries(Object.entries(event).filter(([name]) => !PERSONAL_FIELDS.includes(name)));
    if (event.type === 'bug-found' && !withTranscripts)
      log.error({ ...fields, stack: withoutMessage(event.stack) }, event.type);
    else log[levelOf(event)](fields, event.type);
  };
}

/** The loggable part of anything thrown: type, code, status and stack frames. */
export function plainError(error: unknown): Readonly<Record<string, string | number>> {
  if (!(error instanceof Error)) return { type: 'not an Error' };
  const codes = Object.entries(error).filter(
    (pair): pair is [string, string | number] =>
      (pair[0] === 'code' || pair[0] === 'status') && isPlainCode(pair[1]),
  );
  return { type: error.name, ...Object.fromEntries(codes), stack: withoutMessage(error.stack ?? '') };
}

/** A sentence in place of a code may hold personal data. */
function isPlainCode(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value));
}

function withoutMessage(stack: string): string {
  const [name = 'Error'] = /^\w+/.exec(stack) ?? [];
  return [name, ...stack.split('\n').filter((line) => /^ {4}at /.test(line))].join('\n');
}

/** At `info` a turn is one line. */
function levelOf({ type }: Pick<CallEvent, 'type'>): 'debug' | 'info' | 'warn' | 'error' {
  if (type === 'bug-found') return 'error';
  if (WARNINGS.has(type)) return 'warn';
  return DETAILS.has(type) ? 'debug' : 'info';
}
