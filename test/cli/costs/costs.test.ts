import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../../src/call/ledger.ts';
import { LIST_PRICES, parsePrices } from '../../../src/call/prices.ts';
import { costLine, money, totalOf } from '../../../src/cli/costs/table.ts';
import { eventsOf } from '../../../src/cli/costs/example-call.ts';
import { INHERITED_ENV } from '../../support/command.ts';

const DOCUMENT = readFileSync('docs/costs.md', 'utf8');

function costs(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/cli/costs/main.ts', ...args], {
    encoding: 'utf8',
    env: INHERITED_ENV,
  });
  return { status, stdout, stderr };
}

describe('npm run costs', () => {
  it('prints what docs/costs.md shows', () => {
    expect(costs()).toEqual({ status: 0, stderr: '', stdout: DOCUMENT.split('```')[1]?.trimStart() });
  });

  it('refuses what is no number', () => {
    expect(costs('--minutes', 'five')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--minutes'),
    });
  });
});

describe('a price table', () => {
  it('as docs/costs.md shows it, is read', () => {
    const { data, problem } = parsePrices(DOCUMENT.split('```json')[1]?.split('```')[0] ?? '');
    expect([problem, data.date]).toEqual([null, '2026-11-30']);
  });

  it('that is wrong is refused with the place', () => {
    const wrong = { ...LIST_PRICES, carrier: { ...LIST_PRICES.carrier, stream: 'free' } };
    expect(parsePrices(JSON.stringify(wrong)).problem).toMatch(/carrier\.stream/);
    expect(parsePrices('{').problem).toBe('which is not valid JSON.');
  });
});

describe('a sum of money', () => {
  const call = { minutes: 1, callerS: 0, agentS: 0, sentences: 0, voice: 'v', ears: 'e' } as const;

  it('has "~" as an estimate and "+" where something is missing', () => {
    const at = (number: string) =>
      costOf(eventsOf({ ...call, direction: 'inbound', number }), 0, LIST_PRICES);
    expect(totalOf({ ...at('+15550100'), isPartial: false })).toBe('~$0.0129');
    expect(totalOf(at('+4930555'))).toBe('~$0.0044+');
    expect(money(null)).toBe('–');
  });

  it('is said by owner', () => {
    const cost = costOf(eventsOf({ ...call, direction: 'outbound', number: '+15550100' }), 0, LIST_PRICES);
    expect(costLine(cost)).toMatch(/^Cost: ~\$0\.0259\+? \(.*carrier \$0\.0259\)$/);
  });
});
