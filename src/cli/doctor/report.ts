// Prints each finding on a line, with what to do on the next. On a terminal the line appears while its check runs; in a
// file or a CI log only the finding is written.
import type { Check, Finding } from '../../call/check.ts';

const SIGNS = { fine: '✓', wrong: '✗', unknown: '–' } as const;
const AGAIN = '\r\u001B[2K';

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export async function report(checks: readonly Check[], terminal: Terminal): Promise<boolean> {
  const width = Math.max(...checks.map(({ name }) => name.length));
  let isFine = true;
  for (const { name, run } of checks) {
    const title = name.padEnd(width);
    if (terminal.isTTY === true) terminal.write(`… ${title}`);
    const finding = await run();
    if (terminal.isTTY === true) terminal.write(AGAIN);
    terminal.write(`${lineOf(title, finding)}\n`);
    if (finding.is === 'wrong') isFine = false;
  }
  return isFine;
}

function lineOf(title: string, { is, saw, todo }: Finding): string {
  return `${SIGNS[is]} ${title}  ${saw}${todo === null ? '' : `\n    ${todo}`}`;
}
