// Asks the public address as Twilio would, and brings back a status or the code of what broke; never throws. Redirects
// are not followed, since what was signed is the address itself.
import { WebSocket } from 'ws';
import { codeOf } from '../../call/error-code.ts';

const TIMEOUT_MS = 10_000;
/** Enough to tell whose answer it is. */
const MOST_BYTES = 4096;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** A code such as `ENOTFOUND`; '' where there was none. */
export interface Broken {
  readonly code: string;
}

export type Asked = Answered | Broken;

export async function askOver(url: string, init: RequestInit = {}): Promise<Asked> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await beginningOf(response) };
  } catch (error) {
    return { code: failureOf(error) };
  }
}

/** Asks for a WebSocket; status 101 where it was opened, and it is closed again. */
export function upgradeOver(url: string, headers: Readonly<Record<string, string>>): Promise<Asked> {
  const { promise, resolve } = Promise.withResolvers<Asked>();
  const socket = new WebSocket(url, { headers, perMessageDeflate: false, handshakeTimeout: TIMEOUT_MS });
  // Terminated rather than closed: nobody is to wait for a far end that does not answer a close frame.
  const finish = (asked: Asked): void => {
    resolve(asked);
    socket.terminate();
  };
  socket.on('open', () => finish({ status: 101, text: '' }));
  socket.on('unexpected-response', (_request, { statusCode = 0 }) =>
    finish({ status: statusCode, text: '' }),
  );
  socket.on('error', (error) => finish({ code: failureOf(error) }));
  return promise;
}

async function beginningOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= MOST_BYTES) break;
  }
  return text.slice(0, MOST_BYTES);
}

function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return 'no answer within 10 s';
  // fetch wraps what broke; a code of its own says less.
  const source = error.cause instanceof Error ? error.cause : error;
  return codeOf(source) ?? source.name;
}
