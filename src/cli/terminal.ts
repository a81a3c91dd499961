// What `npm start` prints on a terminal: where the relay is and what to do next, then one short line for each log line. In a
// file, a pipe or on a host the log stays JSON.
import { styleText } from 'node:util';
import { shownAgentId } from '../agent/kinds.ts';
import { fieldsOf } from '../call/json.ts';
import type { Setup } from '../relay/read-setup.ts';

/** Fields that say nothing on a terminal, or stand in the line already. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'type', 'callId']);
const WARN = 40;
const ERROR = 50;

/** A destination for pino. */
export function terminalLog(print: (line: string) => void): { write(line: string): void } {
  return { write: (line) => print(readable(JSON.parse(line))) };
}

/** One line for a person, from the fields of one log line. */
export function readable({ level, time, msg, callId, ...fields }: Record<string, unknown>): string {
  const at = new Date(Number(time)).toTimeString().slice(0, 8);
  const call = typeof callId === 'string' ? ` ${callId.slice(0, 8)}` : '';
  const rest = Object.entries(fields).flatMap(([name, value]) => {
    if (LEFT_OUT.has(name)) return [];
    const stack = name === 'stack' ? value : fieldsOf(value)['stack'];
    return typeof stack === 'string'
      ? ` ${stack}`
      : ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  const line = `${at}${call}  ${String(msg)}${rest.join('')}`;
  if (Number(level) >= ERROR) return styleText('red', line);
  return Number(level) >= WARN ? styleText('yellow', line) : line;
}

/** `view` is what follows /app in the address of what it leads to. */
export function signInLink(port: number, code: string, view = ''): string {
  // A name and no number: browsers keep the cookie for it over plain http.
  return `http://localhost:${port}/app${view}#code=${code}`;
}

/** What to know once the relay listens. `code` signs a browser in; null if none could be made. */
export function welcome({ config }: Setup, port: number, code: string | null): string {
  const missing = [
    config.twilioAccountSid === ''
      ? 'TWILIO_ACCOUNT_SID is not set: transfers and hanging up go by the closed stream, and no outbound calls'
      : null,
    config.databaseUrl === ''
      ? 'DATABASE_URL is not set: calls are kept in patchcord.db, in this folder'
      : null,
    config.greeting === ''
      ? 'GREETING is not set: the agent speaks first, which takes as long as it does'
      : null,
  ].filter((one) => one !== null);
  return [
    styleText('bold', 'Patchcord takes calls'),
    `  here       http://localhost:${port}     /ready, /docs`,
    ...(code === null
      ? []
      : [`  pages      ${signInLink(port, code)}   signs you in, once, for ten minutes`]),
    `  for Twilio ${config.webhookUrl}/voice`,
    `  agent      ${shownAgentId(config.agentId)}`,
    ...missing.map((one) => `  note       ${one}`),
    '  next       npm run doctor, in another terminal; then npm run number, and call',
    '',
  ].join('\n');
}
