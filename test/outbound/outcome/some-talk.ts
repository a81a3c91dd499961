// A transcript as short as it can be written: who said it, and what.
import type { TranscriptLine } from '../../../src/call/transcript.ts';

/** A Tuesday, 15:00 UTC. */
export const TUESDAY = Date.UTC(2026, 11, 1, 15);

/** `caller: …`, `keys: …`, `agent: …`, `relay: …`; of an agent's words, what stands behind `|` was not heard. */
export function talk(...lines: readonly string[]): TranscriptLine[] {
  return lines.map((line, index) => {
    const [, who = '', words = ''] = /^(\w+): (.*)$/s.exec(line) ?? [];
    const at = TUESDAY + index * 3000;
    const said = words.replace('|', '');
    switch (who) {
      case 'caller':
        return { at, who, by: 'voice', said };
      case 'keys':
        return { at, who: 'caller', by: 'keys', said };
      case 'relay':
        return { at, who, line: 'greeting', said };
      case 'agent': {
        const [heard = ''] = words.split('|');
        return { at, who, turnId: index, said, heard, outcome: heard === said ? 'done' : 'interrupted' };
      }
      default:
        throw new Error(`nobody said ${line}`);
    }
  });
}
