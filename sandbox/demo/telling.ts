// Tells the demo as it happens, each line with its second.
const started = performance.now();

export function tell(who: string, what: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(2).padStart(6);
  console.log(`${seconds} s  ${who.padEnd(7)} ${what}`);
}
