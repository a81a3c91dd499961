// Reads one feed of server-sent events by `fetch`, and comes back to it where it broke off. The browser's own EventSource gives
// up for ever at one 503, and cannot say why.

import { createParser } from 'eventsource-parser';
import type { CallEvent } from '../../call/call.ts';
import { isSignedOut, signIns } from './api.ts';

/**
 * `away`: cut off, and asking again. `full`: too many are watching, and asking again. `over`: everything was told. `gone`:
 * there is no such call, or none any more.
 */
export type FeedState = 'connecting' | 'open' | 'away' | 'full' | 'over' | 'gone';

export interface FeedReader {
  /** Continues after this position; null: from where the feed begins by itself. */
  readonly after: number | null;
  readonly onEvent: (event: CallEvent, position: number) => void;
  readonly onState: (state: FeedState) => void;
  /** Something came, if only a sign of life. */
  readonly onNews?: () => void;
  readonly signal: AbortSignal;
}

const AGAIN_MS = 2_000;
const LONGEST_WAIT_MS = 15_000;
/** The relay says something every 15 s. */
const SILENT_MS = 40_000;

/** Resolves when the feed is over or gone, or `signal` aborts; never rejects. */
export async function readFeed(path: string, reader: FeedReader): Promise<void> {
  const { signal, onState } = reader;
  let position = reader.after;
  let failures = 0;
  while (!signal.aborted) {
    if (isSignedOut.peek()) await signedInAgain(signal);
    const outcome = await readOnce(path, position, {
      ...reader,
      onState: (state) => {
        failures = 0;
        onState(state);
      },
      onEvent: (event, at) => {
        position = at;
        reader.onEvent(event, at);
      },
    });
    if (signal.aborted) return;
    if (outcome.is === 'over' || outcome.is === 'gone') return onState(outcome.is);
    if (outcome.is === 'ended') {
      // The feed of a call ends with the call; asking again brings 204, or what came meanwhile.
      await pause(AGAIN_MS / 4, signal);
      continue;
    }
    onState(outcome.is === 'full' ? 'full' : 'away');
    failures += 1;
    const usualMs = Math.min(LONGEST_WAIT_MS, AGAIN_MS * failures);
    if (outcome.is !== 'signed-out') await pause(outcome.againInMs ?? usualMs, signal);
  }
}

type Outcome =
  | { readonly is: 'ended' }
  | { readonly is: 'over' }
  | { readonly is: 'gone' }
  | { readonly is: 'signed-out' }
  | { readonly is: 'broken' | 'full'; readonly againInMs: number | null };

async function readOnce(path: string, after: number | null, reader: FeedReader): Promise<Outcome> {
  const { onEvent, onState, onNews = () => {}, signal } = reader;
  const stop = new AbortController();
  let silence = setTimeout(() => stop.abort(), SILENT_MS);
  const hear = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), SILENT_MS);
    onNews();
  };
  try {
    const response = await fetch(path, {
      headers: after === null ? {} : { 'Last-Event-ID': String(after) },
      signal: AbortSignal.any([signal, stop.signal]),
    });
    if (!response.ok || response.status === 204 || response.body === null) return outcomeOf(response);
    onState('open');
    const parser = createParser({
      onEvent: ({ id, data }) => {
        if (id !== undefined && data !== '') onEvent(eventOf(data), Number(id));
      },
    });
    for await (const text of chunksOf(response.body)) {
      hear();
      parser.feed(text);
    }
    return { is: 'ended' };
  } catch {
    return { is: 'broken', againInMs: null };
  } finally {
    clearTimeout(silence);
    stop.abort();
  }
}

function outcomeOf({ status, headers }: Response): Outcome {
  const seconds = Number(headers.get('retry-after') ?? '');
  const againInMs = seconds > 0 ? seconds * 1000 : null;
  if (status === 204) return { is: 'over' };
  if (status === 404) return { is: 'gone' };
  if (status === 503) return { is: 'full', againInMs };
  if (status !== 401) return { is: 'broken', againInMs };
  isSignedOut.value = true;
  return { is: 'signed-out' };
}

/** Not every browser can iterate over a stream. */
async function* chunksOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** The feed writes instants as texts. */
function eventOf(data: string): CallEvent {
  const event: CallEvent & { at: string | number } = JSON.parse(data);
  return { ...event, at: Date.parse(String(event.at)) };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function signedInAgain(aborted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const before = signIns.peek();
    const stop = signIns.subscribe((now) => {
      if (now > before) done();
    });
    const done = (): void => {
      queueMicrotask(() => stop());
      resolve();
    };
    aborted.addEventListener('abort', done, { once: true });
  });
}
