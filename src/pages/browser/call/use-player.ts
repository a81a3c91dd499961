// The player of a call that has ended and was recorded. The last seconds of a live call are not written yet.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api.ts';
import type { Call } from '../api-types.ts';
import { Player } from './player.ts';
import type { Peaks } from './recording-clock.ts';

/** Twice the width of the page on most screens. */
const STRETCHES = 2000;

/** null: there is nothing to play, or not yet. */
export function usePlayer({ id, hasRecording, endedAt }: Call, origin: number): Player | null {
  const [player, setPlayer] = useState<Player | null>(null);
  const isThere = hasRecording && endedAt !== null;
  useEffect(() => {
    if (!isThere) return;
    let made: Player | null = null;
    let isLeft = false;
    void ask<Peaks>(`/calls/${encodeURIComponent(id)}/recording/peaks?n=${STRETCHES}`).then((answer) => {
      if (answer.is !== 'ok' || isLeft) return;
      made = new Player(id, answer.value, origin);
      setPlayer(made);
    });
    return () => {
      isLeft = true;
      made?.close();
      setPlayer(null);
    };
  }, [id, isThere]);
  return player;
}
