// The events of a stream that the SDK opens, read without the SDK's own reader, which copies each and passes it through five
// generators. Only for endpoints whose events are all JSON and which report failures as events of their own.
import type { APIPromise } from 'openai';
import type { Stream } from 'openai/streaming';
import { piecesOf } from './body-pieces.ts';
import { jsonEvents } from './event-stream.ts';
import { AgentError, failed } from './failures.ts';

/** Resolves with the answer's headers. Rejects as the SDK does; reading throws as `jsonEvents` does. */
export async function sdkEvents<T>(asked: APIPromise<Stream<T>>): Promise<AsyncIterable<T>> {
  const body = piecesOf(await asked.asResponse());
  if (body === null) throw new AgentError(failed('unavailable', 'no body'));
  return jsonEvents<T>(body);
}
