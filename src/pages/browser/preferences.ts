// What a person likes, kept in this browser and nowhere else. Nothing of any call belongs here.
import { effect, type Signal, signal } from '@preact/signals';

export type Scheme = 'system' | 'light' | 'dark';

export const scheme = kept<Scheme>('scheme', 'system', ['system', 'light', 'dark']);
/** Single keys as commands: WCAG 2.1.4 wants a switch, for people who dictate. */
export const hasKeys = kept<'on' | 'off'>('keys', 'on', ['on', 'off']);
/** Hides the middle of phone numbers, for a shared screen. */
export const masksNumbers = kept<'on' | 'off'>('masked', 'off', ['on', 'off']);

export function startPreferences(): void {
  effect(() => {
    if (scheme.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = scheme.value;
  });
}

function kept<T extends string>(name: string, usual: T, all: readonly T[]): Signal<T> {
  const found = all.find((one) => one === localStorage.getItem(name));
  const preference = signal<T>(found ?? usual);
  effect(() => localStorage.setItem(name, preference.value));
  return preference;
}
