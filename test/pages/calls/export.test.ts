import { describe, expect, it } from 'vitest';
import type { CallSummary } from '../../../src/pages/browser/api-types.ts';
import { csvOf, gathered, MOST_EXPORTED } from '../../../src/pages/browser/calls/export.ts';

const CALL: CallSummary = {
  id: 'CI1',
  direction: 'inbound',
  via: 'phone',
  stage: 'in-progress',
  from: '+15550001111',
  to: '+15550002222',
  profile: '=HYPERLINK("http://evil.example")',
  startedAt: '2026-11-30T12:00:00.000Z',
  endedAt: '2026-11-30T12:00:09.500Z',
  endReason: 'caller-hung-up',
  durationS: 9.5,
  answeredBy: null,
  isSettled: true,
  metadata: { note: 'two\nlines, "quoted"' },
  summary: null,
  attention: ['slow', 'callback'],
};

describe('the list as CSV', () => {
  it('is a line of names and one for each call, with nothing that a spreadsheet would run', () => {
    const [names = '', row = '', ...rest] = csvOf([CALL]).split('\r\n');
    expect(names.split(',')).toHaveLength(18);
    expect(row).toBe(
      "CI1,inbound,phone,'+15550001111,'+15550002222," +
        `"'=HYPERLINK(""http://evil.example"")",2026-11-30T12:00:00.000Z,2026-11-30T12:00:09.500Z,9.5,` +
        'caller-hung-up,,,,,,,slow callback,"{""note"":""two\\nlines, \\""quoted\\""""}"',
    );
    expect(rest).toEqual(['']);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('disarms %j', (profile) => {
    expect(csvOf([{ ...CALL, profile }])).toContain(`'${profile}`);
  });
});

describe('gathering', () => {
  it('asks page after page, and stops at the most', async () => {
    const asked: (string | null)[] = [];
    const page = Array.from({ length: 100 }, () => CALL);
    const found = await gathered(async (cursor) => {
      asked.push(cursor);
      return { is: 'ok', value: { calls: page, next: String(asked.length) } };
    });
    expect(asked.slice(0, 3)).toEqual([null, '1', '2']);
    expect(found).toMatchObject({ is: 'ok', isCut: true });
    expect(found.is === 'ok' && found.calls.length).toBe(MOST_EXPORTED);
  });

  it('saves nothing if a page is refused', async () => {
    const problem = { code: 'unavailable', message: 'Try again.' };
    const found = await gathered(async () => ({ is: 'refused', problem, problems: [problem] }));
    expect(found).toMatchObject({ is: 'refused', problem });
  });
});
