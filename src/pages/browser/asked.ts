// A question to the API that a component needs answered: asked anew when the path changes or somebody signs in again. The
// former answer stays until the next one is there.
import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { type Answer, ask, signIns } from './api.ts';

export interface Asked<T> {
  /** null: not answered yet. */
  readonly answer: Signal<Answer<T> | null>;
  readonly again: () => void;
}

export function useAsked<T>(path: string): Asked<T> {
  const answer = useSignal<Answer<T> | null>(null);
  const round = useSignal(0);
  const again = useCallback(() => void (round.value += 1), []);
  useEffect(() => {
    const leaving = new AbortController();
    ask<T>(path, { signal: leaving.signal }).then(
      (got) => {
        if (!leaving.signal.aborted) answer.value = got;
      },
      () => {},
    );
    return () => leaving.abort();
  }, [path, round.value, signIns.value]);
  return { answer, again };
}
