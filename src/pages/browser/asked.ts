// A question to the API that a component needs answered: asked anew when the path changes or somebody signs in again. The
// former answer stays until the next one is there, also while the relay is out of reach: a process that is being replaced takes
// nothing from the page.
import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { type Answer, ask, OUT_OF_REACH, signIns } from './api.ts';

const AGAIN_MS = 2_000;

export interface Asked<T> {
  /** null: not answered yet. */
  readonly answer: Signal<Answer<T> | null>;
  readonly again: () => void;
}

export function useAsked<T>(path: string): Asked<T> {
  const answer = useSignal<Answer<T> | null>(null);
  const round = useSignal(0);
  const again = useCallback(() => void (round.value += 1), []);
  const answered = useRef('');
  useEffect(() => {
    const leaving = new AbortController();
    let timer = 0;
    ask<T>(path, { signal: leaving.signal }).then(
      (got) => {
        if (leaving.signal.aborted) return;
        const isAway = got.is === 'refused' && got.problem.code === OUT_OF_REACH.code;
        const isKnown = answered.current === path && answer.peek()?.is === 'ok';
        if (isAway && isKnown) return void (timer = setTimeout(again, AGAIN_MS));
        answered.current = path;
        answer.value = got;
      },
      () => {},
    );
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [path, round.value, signIns.value]);
  return { answer, again };
}
