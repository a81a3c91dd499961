// `#t=31.2` in the address of a call: the instant that a link points at, in seconds on the clock of the conversation.
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** In ms after the conversation began; null: the link points at none. */
export function useLinkedInstant(): Signal<number | null> {
  const linked = useSignal(instantIn(location.hash));
  useEffect(() => {
    const read = (): void => {
      linked.value = instantIn(location.hash);
    };
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return linked;
}

export function linkTo(afterMs: number): string {
  return `#t=${(Math.max(0, afterMs) / 1000).toFixed(1)}`;
}

/** Keeps the instant in the address, to be sent on, without going there. */
export function keepLinkTo(afterMs: number): void {
  history.replaceState(history.state, '', linkTo(afterMs));
}

function instantIn(hash: string): number | null {
  const [, seconds] = /^#t=(\d{1,6}(?:\.\d{1,3})?)$/.exec(hash) ?? [];
  return seconds === undefined ? null : Number(seconds) * 1000;
}
