import { describe, expect, it } from 'vitest';
import { fine, unknown, wrong } from '../../../src/cli/doctor/finding.ts';
import { report } from '../../../src/cli/doctor/report.ts';

function paper(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

const CHECKS = [
  { name: 'One', run: async () => fine('good') },
  { name: 'Second', run: async () => unknown('nobody knows') },
];
const BAD = { name: 'Third', run: async () => wrong('bad', 'Mend it.') };

describe('the report', () => {
  it('is a line for each check, what to do below it, and nothing else', async () => {
    const terminal = paper(false);
    await report([...CHECKS, BAD], terminal);
    expect(terminal.written.join('')).toBe(
      '✓ One     good\n– Second  nobody knows\n✗ Third   bad\n    Mend it.\n',
    );
  });

  it('is good only where nothing is wrong; what could not be checked is not', async () => {
    expect(await report(CHECKS, paper(false))).toBe(true);
    expect(await report([BAD, ...CHECKS], paper(false))).toBe(false);
  });

  it('shows on a terminal what is being checked, and writes over it', async () => {
    const terminal = paper(true);
    const seen: string[] = [];
    const slow = { name: 'Slow', run: async () => (seen.push(terminal.written.join('')), fine('good')) };
    await report([slow], terminal);
    expect(seen).toEqual(['… Slow']);
    expect(terminal.written.join('')).toBe('… Slow\r\u001B[2K✓ Slow  good\n');
  });
});
