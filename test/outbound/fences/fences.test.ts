import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseRange } from '../../../src/call/hours.ts';
import { type CountStore, memoryCounts, postgresCounts } from '../../../src/outbound/fences/count-store.ts';
import { Fences } from '../../../src/outbound/fences/fences.ts';
import { type OutboundSettings, parseAllowList } from '../../../src/outbound/fences/outbound-settings.ts';
import { aPostgresDatabase, type TestDatabase } from '../../store/a-postgres.ts';
import { CuttableLine } from '../../store/cuttable-line.ts';

/** Twelve hours before the day ends, by UTC; the first instant of an hour. */
const NOON_AT = Date.parse('2026-11-20T12:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const TO = '+4930901820';

const SETTINGS: OutboundSettings = {
  allow: parseAllowList('+49*,+1*'),
  countries: [],
  doNotCallFile: '',
  quietHours: null,
  callsPerDay: 1000,
  minutesPerDay: 10_000,
};

const open: Fences[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((fences) => fences.close()));
});

function fencesOf(store: CountStore, settings: Partial<OutboundSettings> = {}): Fences {
  const fences = new Fences({ ...SETTINGS, ...settings }, store);
  open.push(fences);
  return fences;
}

function call(to = TO, at = NOON_AT, maxMinutes = 5) {
  return { to, at, maxMinutes };
}

/** Of so many calls one after another, '' for one that was let through. */
async function codes(fences: Fences, count: number, to = TO, at = NOON_AT): Promise<string[]> {
  const answers: string[] = [];
  for (let index = 0; index < count; index++) answers.push((await fences.check(call(to, at)))?.code ?? '');
  return answers;
}

describe.each(['memory', 'postgres'] as const)('counts in %s', (kind) => {
  let database: TestDatabase | null = null;
  beforeAll(async () => {
    if (kind === 'postgres') database = await aPostgresDatabase();
  });
  afterAll(() => database?.stop());
  /** Each test counts from nothing. */
  const store = async (): Promise<CountStore> => {
    if (database === null) return memoryCounts();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('DROP TABLE IF EXISTS patchcord_outbound_counts');
    await client.end();
    return postgresCounts(database.url);
  };

  it('five calls an hour to a number, whatever others get', async () => {
    const fences = fencesOf(await store());
    expect(await codes(fences, 6)).toEqual(['', '', '', '', '', 'rate_limited']);
    expect(await codes(fences, 1, '+4930901821')).toEqual(['']);
    expect(await fences.check(call(TO, NOON_AT + 20 * MINUTE_MS))).toMatchObject({
      field: 'to',
      retryAfterS: 40 * 60,
    });
    expect(await codes(fences, 1, TO, NOON_AT + HOUR_MS)).toEqual(['']);
  });

  it('twenty a day to a number, until midnight', async () => {
    const fences = fencesOf(await store());
    for (let hour = 0; hour < 4; hour++)
      expect(await codes(fences, 5, TO, NOON_AT + hour * HOUR_MS)).toEqual(['', '', '', '', '']);
    const refusal = await fences.check(call(TO, NOON_AT + 4 * HOUR_MS));
    expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterS: 8 * 3600 });
    expect(refusal?.message).toContain('20');
    expect(await codes(fences, 1, TO, NOON_AT + 12 * HOUR_MS)).toEqual(['']);
  });

  it('so many calls a day in all', async () => {
    const fences = fencesOf(await store(), { callsPerDay: 2 });
    expect(await codes(fences, 1)).toEqual(['']);
    expect(await codes(fences, 2, '+4930901821')).toEqual(['', 'budget_spent']);
    expect((await fences.check(call('+4930901822')))?.message).toContain('OUTBOUND_PER_DAY');
    expect(await codes(fences, 1, '+4930901822', NOON_AT + 12 * HOUR_MS)).toEqual(['']);
  });

  it('so many minutes a day: a call counts with its most until it is settled, then with what it took', async () => {
    const fences = fencesOf(await store(), { minutesPerDay: 12 });
    const first = call();
    expect(await fences.check(first)).toBeNull();
    const second = call('+4930901821');
    expect(await fences.check(second)).toBeNull();
    const third = call('+4930901822', NOON_AT, 3);
    expect(await fences.check(third)).toMatchObject({ code: 'budget_spent', retryAfterS: 12 * 3600 });
    // A minute that was begun is a minute: nine are taken now.
    await fences.settle(first, 3.2);
    expect(await fences.check(third)).toBeNull();
    expect((await fences.check(call('+4930901823', NOON_AT, 1)))?.code).toBe('budget_spent');
    // Nobody answered: five are free, and not one more.
    await fences.settle(second, 0);
    expect((await fences.check(call('+4930901823', NOON_AT, 6)))?.code).toBe('budget_spent');
    expect(await fences.check(call('+4930901823', NOON_AT, 5))).toBeNull();
  });

  it('a call that took more than its most counts with all of it', async () => {
    const fences = fencesOf(await store(), { minutesPerDay: 12 });
    const long = call();
    await fences.check(long);
    await fences.settle(long, 9);
    expect((await fences.check(call(TO, NOON_AT, 4)))?.code).toBe('budget_spent');
    expect(await fences.check(call(TO, NOON_AT, 3))).toBeNull();
  });

  it('what is settled after midnight is given back to its own day', async () => {
    const fences = fencesOf(await store(), { minutesPerDay: 10 });
    const evening = call(TO, NOON_AT + 11 * HOUR_MS, 10);
    await fences.check(evening);
    await fences.settle(evening, 1);
    const morning = NOON_AT + 13 * HOUR_MS;
    expect((await fences.check(call(TO, morning, 11)))?.code).toBe('budget_spent');
    expect(await fences.check(call(TO, morning, 10))).toBeNull();
  });

  it('a call that is refused has cost nothing of any fence', async () => {
    const fences = fencesOf(await store(), { callsPerDay: 6, minutesPerDay: 30 });
    for (let index = 0; index < 10; index++)
      expect((await fences.check(call(TO, NOON_AT, 31)))?.code).toBe('budget_spent');
    expect(await codes(fences, 5)).toEqual(['', '', '', '', '']);
    for (let index = 0; index < 10; index++) expect(await codes(fences, 1)).toEqual(['rate_limited']);
    expect(await codes(fences, 2, '+4930901821')).toEqual(['', 'budget_spent']);
  });

  it('a call that was let through and never placed can be forgotten', async () => {
    const fences = fencesOf(await store(), { callsPerDay: 1, minutesPerDay: 5 });
    for (let index = 0; index < 7; index++) {
      expect(await fences.check(call())).toBeNull();
      expect(await codes(fences, 1, '+4930901821')).toEqual(['budget_spent']);
      await fences.forget(call());
    }
  });

  it('of many at once exactly as many are let through as may', async () => {
    const fences = fencesOf(await store());
    const answers = await Promise.all(Array.from({ length: 12 }, () => fences.check(call())));
    const passed = answers.filter((refusal) => refusal === null).length;
    expect(passed).toBe(5);
  });
});

describe('counts of several processes', () => {
  let database: TestDatabase | null = null;
  let line: CuttableLine | null = null;
  let url = '';
  beforeAll(async () => {
    database = await aPostgresDatabase();
    ({ line, url } = await CuttableLine.to(database.url));
  });
  afterAll(async () => {
    await line?.close();
    await database?.stop();
  });

  it('are one in Postgres, also where both make the table at once', async () => {
    const [one, other] = [fencesOf(postgresCounts(url)), fencesOf(postgresCounts(url))];
    const answers = await Promise.all(
      [one, other, one, other, one, other].map((fences) => fences.check(call())),
    );
    expect(answers.filter((refusal) => refusal === null)).toHaveLength(5);
    expect(await codes(other, 1)).toEqual(['rate_limited']);
    // What another process placed is counted already.
    await other.remember([call(TO, NOON_AT + HOUR_MS)]);
    expect(await codes(one, 6, TO, NOON_AT + HOUR_MS)).toEqual(['', '', '', '', '', 'rate_limited']);
  });

  it('while the database is away nobody is called, and afterwards as before', async () => {
    line?.cut();
    const fences = fencesOf(postgresCounts(url));
    const at = NOON_AT + 2 * HOUR_MS;
    const refusal = await fences.check(call(TO, at));
    expect(refusal).toMatchObject({ code: 'busy', retryAfterS: 30 });
    expect(JSON.stringify(refusal)).not.toContain(TO);
    await expect(fences.settle(call(TO, at), 1)).resolves.toBeUndefined();
    line?.mend();
    expect(await codes(fences, 6, TO, at)).toEqual(['', '', '', '', '', 'rate_limited']);
    line?.cut();
    expect(await codes(fences, 1, '+4930901821', at)).toEqual(['busy']);
    line?.mend();
    expect(await codes(fences, 1, '+4930901821', at)).toEqual(['']);
  });
});

describe('fences', () => {
  const home = mkdtempSync(join(tmpdir(), 'patchcord-fences-'));
  afterAll(() => rmSync(home, { recursive: true }));

  it('calls of an earlier process count once they are remembered', async () => {
    const fences = fencesOf(memoryCounts(), { minutesPerDay: 25 });
    await fences.remember([call(), call(), call(), call('+4930901821', NOON_AT, 1.5)]);
    expect(await codes(fences, 2)).toEqual(['', 'budget_spent']);
    expect((await fences.check(call(TO, NOON_AT, 4)))?.code).toBe('budget_spent');
    expect(await fences.check(call(TO, NOON_AT, 3))).toBeNull();
  });

  it('stand in a fixed order: number, allow-list, do-not-call, quiet hours, counts', async () => {
    const file = join(home, 'list.txt');
    writeFileSync(file, TO);
    const all: Partial<OutboundSettings> = {
      allow: parseAllowList('+4989*'),
      doNotCallFile: file,
      quietHours: parseRange('00:00-23:59'),
      callsPerDay: 0,
    };
    const code = async (settings: Partial<OutboundSettings>, to = TO) =>
      (await fencesOf(memoryCounts(), settings).check(call(to)))?.code;
    expect(await code(all, '+19005551234')).toBe('not_allowed');
    expect(await code(all, '+4912')).toBe('invalid_phone');
    expect(await code(all)).toBe('not_allowed');
    const allowed = { ...all, allow: parseAllowList('+49*') };
    expect(await code(allowed)).toBe('do_not_call');
    expect(await code({ ...allowed, doNotCallFile: '' })).toBe('quiet_hours');
    expect(await code({ ...allowed, doNotCallFile: '', quietHours: null })).toBe('budget_spent');
  });

  it('whoever allows it, premium and emergency numbers are refused', async () => {
    const fences = fencesOf(memoryCounts(), { allow: parseAllowList('+19005551234,+1*') });
    expect((await fences.check(call('+19005551234')))?.code).toBe('not_allowed');
    expect((await fences.check(call('+19115550100')))?.code).toBe('invalid_phone');
    expect(await fences.check(call('+15550001111'))).toBeNull();
  });

  it('what is checked is what is dialled: another way to write the number is refused, and told', async () => {
    const fences = fencesOf(memoryCounts());
    expect(await fences.check(call('+49 30 901820'))).toMatchObject({
      code: 'invalid_phone',
      message: expect.stringContaining('+4930901820'),
    });
  });

  it('the quiet of the callee costs nothing, and ends', async () => {
    const fences = fencesOf(memoryCounts(), { quietHours: parseRange('13:00-14:00') });
    for (let index = 0; index < 8; index++)
      expect(await fences.check(call())).toMatchObject({ code: 'quiet_hours', retryAfterS: 3600 });
    expect(await codes(fences, 1, TO, NOON_AT + HOUR_MS)).toEqual(['']);
  });
});
