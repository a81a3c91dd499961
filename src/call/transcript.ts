// Makes a call's transcript from its stored events. Turns overlap, so each line is placed by when the caller began to hear
// it; a turn whose process died still gets its line.
import type { CallEvent, FixedLineName, TurnOutcome } from './call.ts';

/** `at` is when it began to be heard, as far as that is known. */
export type TranscriptLine = { readonly at: number } & (
  | { readonly who: 'caller'; readonly by: 'voice' | 'keys'; readonly said: string }
  | { readonly who: 'relay'; readonly line: FixedLineName | 'operator'; readonly said: string }
  | {
      readonly who: 'agent';
      readonly turnId: number;
      readonly said: string;
      /** null: nobody knows, because the process died over it or is still at it. */
      readonly heard: string | null;
      readonly outcome: TurnOutcome | null;
    }
);

export function transcriptOf(events: Iterable<CallEvent>): TranscriptLine[] {
  const lines: TranscriptLine[] = [];
  /** Turns that are not finished, and where their line stands. */
  const open = new Map<number, { at: number; text: string }>();
  const breakOff = (turnId: number): void => {
    const turn = open.get(turnId);
    open.delete(turnId);
    if (turn === undefined) return;
    lines.push({ at: turn.at, who: 'agent', turnId, said: turn.text, heard: null, outcome: null });
  };
  for (const event of events) {
    switch (event.type) {
      case 'caller-said':
        if (event.transcript !== '')
          lines.push({ at: event.at, who: 'caller', by: 'voice', said: event.transcript });
        break;
      case 'digits-pressed':
        if (event.digits !== '') lines.push({ at: event.at, who: 'caller', by: 'keys', said: event.digits });
        break;
      case 'line-spoken':
        if (event.text !== '') lines.push({ at: event.at, who: 'relay', line: event.line, said: event.text });
        break;
      case 'operator-said':
        if (event.text !== '') lines.push({ at: event.at, who: 'relay', line: 'operator', said: event.text });
        break;
      case 'turn-started':
        // The process that takes a call up counts its turns from one again.
        breakOff(event.turnId);
        break;
      case 'segment-asked': {
        if (event.turnId === null || event.text === '') break;
        const turn = open.get(event.turnId);
        if (turn === undefined) open.set(event.turnId, { at: event.at, text: event.text });
        else turn.text += ` ${event.text}`;
        break;
      }
      case 'reply-began': {
        const turn = open.get(event.turnId);
        if (turn !== undefined) turn.at = event.at;
        break;
      }
      case 'turn-finished': {
        const { turnId, said, heard, outcome } = event;
        const at = open.get(turnId)?.at ?? event.at;
        open.delete(turnId);
        if (said !== '') lines.push({ at, who: 'agent', turnId, said, heard, outcome });
        break;
      }
      default:
        break;
    }
  }
  for (const turnId of open.keys()) breakOff(turnId);
  return lines.sort((one, other) => one.at - other.at);
}
