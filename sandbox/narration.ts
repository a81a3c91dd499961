// Tells a person at a terminal what goes on in the calls of a sandbox, and what the relay complains about. An exception of
// the user's own agent is red: it is what they look for.
import { styleText } from 'node:util';
import { type Logger, pino } from 'pino';
import { z } from 'zod';
import type { CallEvent } from '../src/call/call.ts';

const THREW = 'The agent threw:';
const WARN = 40;
const lineSchema = z.object({ level: z.number(), msg: z.string().default('') });

/** Prints warnings of the relay; `styleText` leaves colours out with NO_COLOR and where there is no terminal. */
export function sandboxLog(print: (line: string) => void = (line) => console.log(line)): Logger {
  const write = (json: string): void => {
    const { level, msg } = lineSchema.parse(JSON.parse(json));
    if (level < WARN || msg === '') return;
    const isThrown = msg.startsWith(THREW);
    print(
      styleText(isThrown ? 'red' : 'yellow', isThrown ? msg : `  relay: ${msg}`, { stream: process.stdout }),
    );
  };
  return pino({ level: 'warn' }, { write });
}

/** What happened, told in one line by the one who did it; null for what only machines need. */
export function told(event: CallEvent): readonly [who: 'relay' | 'agent', what: string] | null {
  switch (event.type) {
    case 'call-queued':
      return ['relay', `is to call ${event.to}`];
    case 'call-rang':
      return ['relay', 'it rings'];
    case 'call-answered':
      return ['relay', 'somebody answered'];
    case 'machine-detected':
      return ['relay', `answered by: ${event.answeredBy}`];
    case 'caller-said':
      return ['relay', `understood: "${event.transcript}"`];
    case 'digits-pressed':
      return ['relay', `keys pressed: ${event.digits}`];
    case 'segment-asked':
      return ['agent', `"${event.text}"`];
    case 'line-spoken':
      return ['relay', `says: "${event.text}"`];
    case 'reply-held':
      return ['relay', 'a sound from the caller: the reply is held'];
    case 'reply-resumed':
      return ['relay', 'it was no interruption: the reply goes on where it was cut'];
    case 'turn-finished':
      if (event.failure !== null) return ['relay', `the agent failed: ${event.failure}`];
      return event.outcome === 'interrupted' ? ['relay', `interrupted; heard up to: "${event.heard}"`] : null;
    case 'transfer-began':
      return ['relay', `transfers the call to ${event.to}`];
    case 'call-ended':
      return ['relay', `the call is over: ${event.reason}, after ${(event.durationMs / 1000).toFixed(1)} s`];
    default:
      return null;
  }
}
