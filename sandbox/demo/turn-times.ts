// Where the time of each turn went, told while it happens and printed as a table.
import type { CallEvent } from '../../src/call/call.ts';
import { told } from '../narration.ts';
import { tell } from './telling.ts';

/** The instants of one turn, on the clock of the CallEvents. */
export interface TurnTimes {
  readonly words: string;
  readonly lastWordAt: number;
  readonly transcriptAt: number;
  readonly askedAt: number;
  firstWordAt: number | null;
  firstSegmentAt: number | null;
  firstAudioAt: number | null;
  heardAt: number | null;
}

/** Tells what happens inside the relay, and keeps the times. */
export function narrate(turns: TurnTimes[]): (event: CallEvent) => void {
  let said = { lastWordAt: 0, transcriptAt: 0 };
  return (event) => {
    const line = told(event);
    if (line !== null) tell(...line);
    const turn = turns.at(-1);
    switch (event.type) {
      case 'caller-said':
        said = { lastWordAt: event.at - (event.silentMs ?? 0), transcriptAt: event.at };
        return;
      case 'turn-started':
        turns.push({
          words: event.text,
          ...said,
          askedAt: event.at,
          firstWordAt: null,
          firstSegmentAt: null,
          firstAudioAt: null,
          heardAt: null,
        });
        return;
      case 'agent-began-replying':
        if (turn !== undefined) turn.firstWordAt = event.at;
        return;
      case 'segment-asked':
        if (turn !== undefined && event.turnId !== null) turn.firstSegmentAt ??= event.at;
        return;
      case 'reply-began':
        if (turn !== undefined) turn.firstAudioAt = event.at;
        return;
      case 'reply-heard':
        if (turn !== undefined) turn.heardAt = event.at;
        return;
      default:
        return;
    }
  };
}

function ms(from: number | null, to: number | null): string {
  return (from === null || to === null ? '–' : Math.round(to - from).toString()).padStart(10);
}

export function printTimes(turns: readonly TurnTimes[], isAsMeasured: boolean): void {
  console.log("\nWhere the time went, in ms after the caller's last word:\n");
  console.log('transcript     asked  1st word   segment     audio     heard   the caller said');
  for (const turn of turns) {
    const stages = [
      turn.transcriptAt,
      turn.askedAt,
      turn.firstWordAt,
      turn.firstSegmentAt,
      turn.firstAudioAt,
      turn.heardAt,
    ];
    console.log(`${stages.map((at) => ms(turn.lastWordAt, at)).join('')}   ${turn.words}`);
  }
  console.log(
    '\n"asked": the caller has been silent for VAD_SILENCE_MS, in which the transcript is made, and has finished.' +
      '\n"heard" is when the first piece of audio came back as played: a piece is about 200 ms long.' +
      (isAsMeasured
        ? '\nHere the parts take as long as others measured: transcript, agent and voice about 900 ms each.'
        : '\nIn the sandbox each part takes 250 ms: transcript, agent, voice. --as-measured: about 900 ms each.'),
  );
}
