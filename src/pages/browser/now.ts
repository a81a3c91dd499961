// The time, as the pages show it: one timer for everything that grows older on the page.
import { signal } from '@preact/signals';

export const now = signal(Date.now());

export function startNow(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1000);
  document.addEventListener('visibilitychange', () => (now.value = Date.now()));
}
