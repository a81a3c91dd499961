// Requests the public address as Twilio would and returns a status or an error code; never throws. It follows no redirect,
// because Twilio signs the address itself.
import { WebSocket } from 'ws';
import { codeOf } from '../../call/error-code.ts';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 4096;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** A code such as `ENOTFOUND`, or ''. */
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

/** Opens a WebSocket and closes it again; status 101 if that worked. */
export function upgradeOver(url: string, headers: Readonly<Record<string, string>>): Promise<Asked> {
  const { promise, resolve } = Promise.withResolvers<Asked>();
  const socket = new WebSocket(url, { headers, perMessageDeflate: false, handshakeTimeout: TIMEOUT_MS });
  // `close` would wait for a far end that does not answer the close frame.
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
