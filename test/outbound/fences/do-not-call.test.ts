import { mkdtempSync, rmSync } from 'node:fs';
import { rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DoNotCallList } from '../../../src/outbound/fences/do-not-call.ts';

const home = mkdtempSync(join(tmpdir(), 'patchcord-do-not-call-'));
afterAll(() => rmSync(home, { recursive: true }));

const ANN = '+12125550123';
const BEN = '+4930901820';

describe('DoNotCallList', () => {
  let path = '';
  let list = new DoNotCallList('');
  let files = 0;
  beforeEach(() => {
    path = join(home, `list-${files++}.txt`);
    list = new DoNotCallList(path);
  });
  const written = async (text: string, atS: number) => {
    await writeFile(path, text);
    await utimes(path, atS, atS);
  };
  const codeFor = async (number: string) => (await list.refusal(number))?.code ?? null;

  it('has those who are on it, however they are written', async () => {
    await writeFile(path, '\uFEFF# asked us to stop\r\n+1 (212) 555-0123  # Ann\r\n\r\n+4930901820');
    expect(await codeFor(ANN)).toBe('do_not_call');
    expect(await codeFor(BEN)).toBe('do_not_call');
    expect(await codeFor('+4930901821')).toBeNull();
    expect(await codeFor('+493090182')).toBeNull();
  });

  it('is read again when it changed: longer, of the same length, or another file in its place', async () => {
    await written(`${ANN}\n`, 1);
    expect(await codeFor(BEN)).toBeNull();
    await written(`${ANN}\n${BEN}\n`, 1);
    expect(await codeFor(BEN)).toBe('do_not_call');
    await written(`${ANN}\n+4930901821\n`, 2);
    expect(await codeFor(BEN)).toBeNull();
    await writeFile(`${path}.new`, BEN);
    await rename(`${path}.new`, path);
    expect(await codeFor(BEN)).toBe('do_not_call');
    expect(await codeFor(ANN)).toBeNull();
  });

  it('is read again while it is so new that its time may not tell one change from the next', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    await written(BEN, nowS);
    expect(await codeFor(BEN)).toBe('do_not_call');
    await written('+4930901821', nowS);
    expect(await codeFor(BEN)).toBeNull();
  });

  it('nobody is called while it cannot be read, and everybody else again once it can', async () => {
    expect(await list.refusal(BEN)).toMatchObject({
      code: 'busy',
      message: expect.stringContaining('DO_NOT_CALL_FILE cannot be read (ENOENT)'),
      retryAfterS: 60,
    });
    await writeFile(path, ANN);
    expect(await codeFor(BEN)).toBeNull();
    await rm(path);
    expect(await codeFor(BEN)).toBe('busy');
    const folder = new DoNotCallList(home);
    expect((await folder.refusal(BEN))?.message).toContain('cannot be read');
  });

  it.each(['212 555 0123', 'Ann', '+49 (0)30 901820', '+12125550123, +4930901820', '+0301234567'])(
    'nobody is called while a line cannot be understood: %s',
    async (line) => {
      await writeFile(path, `${ANN}\n# fine\n${line}\n`);
      const refusal = await list.refusal(BEN);
      expect(refusal?.code).toBe('busy');
      expect(refusal?.message).toContain('line 3');
      expect(refusal?.message).not.toContain(line);
    },
  );

  it('is bounded, in a line and in all', async () => {
    await writeFile(path, 'x'.repeat(5_000_000));
    expect((await list.refusal(BEN))?.message).toContain('line 1');
    await writeFile(path, '# nobody yet, and nobody ever more\n'.repeat(500_000));
    expect((await list.refusal(BEN))?.message).toContain('bytes');
  });

  it('a long list is read whole, also where a number lies across two pieces', async () => {
    const numbers = Array.from({ length: 20_000 }, (_, index) => `+4930${1_000_000 + index}`);
    await written(numbers.join('\n'), 1);
    for (const number of numbers) if ((await codeFor(number)) !== 'do_not_call') throw new Error(number);
    expect(await codeFor('+49301020000')).toBeNull();
  });

  it('those who ask at once get one answer', async () => {
    await writeFile(path, BEN);
    const answers = await Promise.all([codeFor(BEN), codeFor(ANN), codeFor(BEN)]);
    expect(answers).toEqual(['do_not_call', null, 'do_not_call']);
  });

  it('without a file nobody is on it', async () => {
    expect(await new DoNotCallList('').refusal(BEN)).toBeNull();
  });
});
