// What is wanted of a call once it is over: of an outbound one as its request says, of an inbound one as its profile does.
import type { Json } from './json.ts';

export interface Wishes {
  /** A JSON Schema of what to bring back; null: nothing. */
  readonly result: { readonly [name: string]: Json } | null;
  /** Receives stages and result, signed; null: nobody. */
  readonly callbackUrl: string | null;
  /** A few sentences of what the call was about. */
  readonly summary: boolean;
}

export const NO_WISHES: Wishes = { result: null, callbackUrl: null, summary: false };

/** Whether the agent is asked once more when the call is over. */
export function asksAgent({ result, summary }: Wishes): boolean {
  return result !== null || summary;
}
