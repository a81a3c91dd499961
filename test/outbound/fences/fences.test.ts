import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CountStore } from '../../../src/call/count-store.ts';
import { parseRange } from '../../../src/call/hours.ts';
import { Fences } from '../../../src/outbound/fences/fences.ts';
import { type OutboundSettings, parseAllowList } from '../../../src/outbound/fences/outbound-settings.ts';
import { chooseStore } from '../../../src/store/choose-store.ts';
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

/** A connection of its own, as another process would have. */
function storeAt(url: string): CountStore {
  const store = chooseStore(url);
  onTestFinished(() => store.close());
  return store;
}

function fencesOn(url: string, settings: Partial<OutboundSettings> = {}): Fences {
  return new Fences({ ...SETTINGS, ...settings }, storeAt(url));
}

/** Fences that count from zero. */
function newFences(settings: Partial<OutboundSettings> = {}): Fences {
  return fencesOn('sqlite::memory:', settings);
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

describe.each(['sqlite', 'postgres'] as const)('limits counted on %s', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-counts-'));
  let files = 0;
  let database: TestDatabase | null = null;
  beforeAll(async () => {
    if (kind === 'postgres') database = await aPostgresDatabase();
  });
  afterAll(async () => {
    await database?.stop();
    rmSync(folder, { recursive: true });
  });
  /** Where each test counts from zero. */
  const aPlace = async (): Promise<string> => {
    if (database === null) return `sqlite:${join(folder, `${++files}.db`)}`;
    const store = chooseStore(database.url);
    await store.open();
    await store.close();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('DELETE FROM patchcord_counts');
    await client.end();
    return database.url;
  };

  it('admits five calls an hour to a number, independent of other numbers', async () => {
    const fences = fencesOn(await aPlace());
    expect(await codes(fences, 6)).toEqual(['', '', '', '', '', 'rate_limited']);
    expect(await codes(fences, 1, '+4930901821')).toEqual(['']);
    expect(await fences.check(call(TO, NOON_AT + 20 * MINUTE_MS))).toMatchObject({
      field: 'to',
      retryAfterS: 40 * 60,
    });
    expect(await codes(fences, 1, TO, NOON_AT + HOUR_MS)).toEqual(['']);
  });

  it('admits twenty calls a day to a number, until midnight UTC', async () => {
    const fences = fencesOn(await aPlace());
    for (let hour = 0; hour < 4; hour++)
      expect(await codes(fences, 5, TO, NOON_AT + hour * HOUR_MS)).toEqual(['', '', '', '', '']);
    const refusal = await fences.check(call(TO, NOON_AT + 4 * HOUR_MS));
    expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterS: 8 * 3600 });
    expect(refusal?.message).toContain('20');
    expect(await codes(fences, 1, TO, NOON_AT + 12 * HOUR_MS)).toEqual(['']);
  });

  it('admits OUTBOUND_PER_DAY calls a day in all', async () => {
    const fences = fencesOn(await aPlace(), { callsPerDay: 2 });
    expect(await codes(fences, 1)).toEqual(['']);
    expect(await codes(fences, 2, '+4930901821')).toEqual(['', 'budget_spent']);
    expect((await fences.check(call('+4930901822')))?.message).toContain('OUTBOUND_PER_DAY');
    expect(await codes(fences, 1, '+4930901822', NOON_AT + 12 * HOUR_MS)).toEqual(['']);
  });

  it('counts a call with its most minutes until it is settled, then with those it lasted', async () => {
    const fences = fencesOn(await aPlace(), { minutesPerDay: 12 });
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

  it('counts all minutes of a call that lasted longer than its most', async () => {
    const fences = fencesOn(await aPlace(), { minutesPerDay: 12 });
    const long = call();
    await fences.check(long);
    await fences.settle(long, 9);
    expect((await fences.check(call(TO, NOON_AT, 4)))?.code).toBe('budget_spent');
    expect(await fences.check(call(TO, NOON_AT, 3))).toBeNull();
  });

  it('gives minutes settled after midnight back to the day of the call', async () => {
    const fences = fencesOn(await aPlace(), { minutesPerDay: 10 });
    const evening = call(TO, NOON_AT + 11 * HOUR_MS, 10);
    await fences.check(evening);
    await fences.settle(evening, 1);
    const morning = NOON_AT + 13 * HOUR_MS;
    expect((await fences.check(call(TO, morning, 11)))?.code).toBe('budget_spent');
    expect(await fences.check(call(TO, morning, 10))).toBeNull();
  });

  it('counts nothing for a refused call', async () => {
    const fences = fencesOn(await aPlace(), { callsPerDay: 6, minutesPerDay: 30 });
    for (let index = 0; index < 10; index++)
      expect((await fences.check(call(TO, NOON_AT, 31)))?.code).toBe('budget_spent');
    expect(await codes(fences, 5)).toEqual(['', '', '', '', '']);
    for (let index = 0; index < 10; index++) expect(await codes(fences, 1)).toEqual(['rate_limited']);
    expect(await codes(fences, 2, '+4930901821')).toEqual(['', 'budget_spent']);
  });

  it('forgets a call that was admitted and never placed', async () => {
    const fences = fencesOn(await aPlace(), { callsPerDay: 1, minutesPerDay: 5 });
    for (let index = 0; index < 7; index++) {
      expect(await fences.check(call())).toBeNull();
      expect(await codes(fences, 1, '+4930901821')).toEqual(['budget_spent']);
      await fences.forget(call());
    }
  });

  it('admits exactly five of twelve calls an hour that two processes check at once', async () => {
    const url = await aPlace();
    const [one, other] = [fencesOn(url), fencesOn(url)];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : other).check(call())),
    );
    expect(answers.filter((refusal) => refusal === null)).toHaveLength(5);
    expect(await codes(other, 1)).toEqual(['rate_limited']);
  });

  it('counts on after a restart', async () => {
    const url = await aPlace();
    const before = chooseStore(url);
    expect(await codes(new Fences(SETTINGS, before), 4)).toEqual(['', '', '', '']);
    await before.close();
    expect(await codes(fencesOn(url), 2)).toEqual(['', 'rate_limited']);
  });
});

describe('limits while the database is away', () => {
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

  it('refuses every call, and counts as before once the database is back', async () => {
    line?.cut();
    const fences = fencesOn(url);
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

  it('check in a fixed order: number, allow-list, do-not-call, quiet hours, counts', async () => {
    const file = join(home, 'list.txt');
    writeFileSync(file, TO);
    const all: Partial<OutboundSettings> = {
      allow: parseAllowList('+4989*'),
      doNotCallFile: file,
      quietHours: parseRange('00:00-23:59'),
      callsPerDay: 0,
    };
    const code = async (settings: Partial<OutboundSettings>, to = TO) =>
      (await newFences(settings).check(call(to)))?.code;
    expect(await code(all, '+19005551234')).toBe('not_allowed');
    expect(await code(all, '+4912')).toBe('invalid_phone');
    expect(await code(all)).toBe('not_allowed');
    const allowed = { ...all, allow: parseAllowList('+49*') };
    expect(await code(allowed)).toBe('do_not_call');
    expect(await code({ ...allowed, doNotCallFile: '' })).toBe('quiet_hours');
    expect(await code({ ...allowed, doNotCallFile: '', quietHours: null })).toBe('budget_spent');
  });

  it('refuse premium and emergency numbers even if they are allowed', async () => {
    const fences = newFences({ allow: parseAllowList('+19005551234,+1*,+1555*') });
    expect((await fences.check(call('+19005551234')))?.code).toBe('not_allowed');
    expect((await fences.check(call('+19115550100')))?.code).toBe('invalid_phone');
    expect(await fences.check(call('+15550001111'))).toBeNull();
  });

  it('refuse a number that is not written in E.164, and say how to write it', async () => {
    const fences = newFences();
    expect(await fences.check(call('+49 30 901820'))).toMatchObject({
      code: 'invalid_phone',
      message: expect.stringContaining('+4930901820'),
    });
  });

  it('count nothing in quiet hours, and admit the call when they end', async () => {
    const fences = newFences({ quietHours: parseRange('13:00-14:00') });
    for (let index = 0; index < 8; index++)
      expect(await fences.check(call())).toMatchObject({ code: 'quiet_hours', retryAfterS: 3600 });
    expect(await codes(fences, 1, TO, NOON_AT + HOUR_MS)).toEqual(['']);
  });
});

describe('[C11] a rehearsal', () => {
  it('says everything that would refuse the call, all at once, and counts nothing', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'patchcord-list-')), 'list.txt');
    writeFileSync(file, `${TO}\n`);
    const fences = newFences({
      allow: parseAllowList('+1*'),
      doNotCallFile: file,
      quietHours: parseRange('00:00-23:59'),
      minutesPerDay: 4,
    });
    const { refusals, callee } = await fences.rehearse(call());
    expect(refusals.map(({ code }) => code)).toEqual([
      'not_allowed',
      'do_not_call',
      'quiet_hours',
      'budget_spent',
    ]);
    expect(callee).toEqual({ country: 'DE', timeZones: expect.arrayContaining(['Europe/Berlin']) });
    expect(await fences.today(NOON_AT)).toMatchObject({ calls: { used: 0 }, minutes: { used: 0 } });
  });

  it('is silent about a call that would be placed, and says the same as the call itself', async () => {
    const fences = newFences({ callsPerDay: 2 });
    expect((await fences.rehearse(call())).refusals).toEqual([]);
    expect(await codes(fences, 2)).toEqual(['', '']);
    const [refusal] = (await fences.rehearse(call())).refusals;
    expect(refusal).toEqual(await fences.check(call()));
  });

  it('says that a number cannot be read, or is written in another way', async () => {
    const fences = newFences();
    expect(await fences.rehearse(call('12'))).toMatchObject({
      refusals: [{ code: 'invalid_phone' }],
      callee: null,
    });
    expect((await fences.rehearse(call('+49 30 901820'))).refusals).toMatchObject([
      { code: 'invalid_phone' },
    ]);
  });

  it('tells what of the day is used, by all processes', async () => {
    const fences = newFences({ callsPerDay: 7, minutesPerDay: 60 });
    await codes(fences, 2);
    const today = await fences.today(NOON_AT + 1);
    expect(today).toEqual({
      calls: { used: 2, limit: 7 },
      minutes: { used: 10, limit: 60 },
      until: NOON_AT + 12 * HOUR_MS,
    });
    await fences.settle(call(), 1);
    expect((await fences.today(NOON_AT + 1)).minutes.used).toBe(6);
    expect((await fences.today(NOON_AT + 24 * HOUR_MS)).calls.used).toBe(0);
  });
});
