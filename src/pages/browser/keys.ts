// Keyboard commands: what is mounted offers its keys, and the help lists them all. A key does nothing while somebody types.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { hasKeys } from './preferences.ts';

/** `keys` is what is pressed, one after the other: `'j'`, `'g c'`. */
export interface Shortcut {
  readonly keys: string;
  readonly does: string;
  readonly act: () => void;
}

/** A second key of a pair comes within this time. */
const PAIR_MS = 1_500;

export const shortcuts = signal<readonly Shortcut[]>([]);

/** Offers these keys while the component is mounted; of two for the same keys, the later one counts. */
export function useKeys(offered: readonly Shortcut[]): void {
  const latest = useRef(offered);
  latest.current = offered;
  const names = offered.map(({ keys, does }) => `${keys}\t${does}`).join('\n');
  useEffect(() => {
    const mounted = latest.current.map((shortcut, at) => ({
      ...shortcut,
      act: () => latest.current[at]?.act(),
    }));
    shortcuts.value = [...shortcuts.peek(), ...mounted];
    return () => {
      shortcuts.value = shortcuts.peek().filter((shortcut) => !mounted.includes(shortcut));
    };
  }, [names]);
}

export function startKeys(): void {
  let first = { key: '', at: 0 };
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || isUsed(event) || hasKeys.peek() === 'off') return;
    const pair = event.timeStamp - first.at < PAIR_MS ? `${first.key} ${event.key}` : '';
    first = { key: event.key, at: event.timeStamp };
    const found =
      shortcuts.peek().findLast(({ keys }) => keys === pair) ??
      shortcuts.peek().findLast(({ keys }) => keys === event.key);
    if (found === undefined) return;
    event.preventDefault();
    found.act();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

/** What has the focus needs this key itself, or a dialog is open. */
function isUsed({ target, key }: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  const isPress = key === ' ' || key === 'Enter';
  return isPress && target instanceof Element && target.closest('a, button, summary') !== null;
}
