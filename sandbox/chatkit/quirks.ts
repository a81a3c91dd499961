// How ChatKit servers differ, and what their agents do that no other kind does. All of it may be changed at any time.
import type { StructuredQuestion } from './protocol.ts';

export interface ChatKitQuirks {
  /** Every item has the same ID, as over the Chat Completions API. */
  hasFakeIds: boolean;
  /** The stream is framed by another framework: comments, names of events, other line ends. */
  isFramedOtherwise: boolean;
  /** The next request finds every thread forgotten, as after a restart. */
  forgetsThreads: boolean;
  /** JSON that a node writes as if it were said, before the reply. */
  classifies: string | null;
  /** Shown on a screen before the reply: progress, and a notice. */
  showsProgress: boolean;
  /** What a guardrail puts in place of the reply once all of it was streamed; '' for nothing. */
  guardrail: { readonly how: 'removes' | 'replaces'; readonly instead: string } | null;
  /** Sent after the reply. */
  effect: { readonly name: string; readonly data: Readonly<Record<string, unknown>> } | null;
  /** Asked once, after the reply. */
  asks: readonly StructuredQuestion[] | null;
}

export function noQuirks(): ChatKitQuirks {
  return {
    hasFakeIds: false,
    isFramedOtherwise: false,
    forgetsThreads: false,
    classifies: null,
    showsProgress: false,
    guardrail: null,
    effect: null,
    asks: null,
  };
}
