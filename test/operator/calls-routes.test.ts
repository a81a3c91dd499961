import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../src/call/call-store.ts';
import type { RefusalCode } from '../../src/call/assignment.ts';
import { HUMAN } from './a-desk.ts';
import { anOperator } from './an-operator.ts';
import { NOON } from '../store/some-calls.ts';

const ANN = '+15551234567';
const REMINDER = { to: ANN, task: { prompt: 'Remind Ann of her appointment tomorrow at two.' } };

/** For questions that leave nothing behind: a store of its own for each would take longer than all of them. */
const shared = await anOperator({ whenDone: afterAll });

async function withSome() {
  const operator = await anOperator({ whenDone: afterAll });
  const { desk } = operator;
  const started = { type: 'call-started', from: ANN, to: '+15550000001', sid: null } as const;
  await desk.happens('CA1', { ...started, at: NOON });
  await desk.happens('CA1', {
    type: 'call-ended',
    reason: 'caller-hung-up',
    durationMs: 1500,
    at: NOON + 1500,
  });
  await desk.happens('CA2', { ...started, from: '+15557654321', at: NOON + 60_000 });
  await operator.post('/calls', { ...REMINDER, to: '+15550001111' });
  return operator;
}
const some = await withSome();

describe('POST /calls?dry-run', () => {
  it('says that the call would be placed, and places none', async () => {
    const { post, desk } = await anOperator();
    const { status, json } = await post('/calls?dry-run', { ...REMINDER, maxMinutes: 3 });
    expect([status, json]).toEqual([
      200,
      {
        wouldBePlaced: true,
        refusals: [],
        callee: { country: 'US', timeZones: ['America/New_York'] },
      },
    ]);
    expect(desk.placed).toEqual([]);
    expect(desk.rehearsed).toMatchObject([{ to: ANN, maxMinutes: 3 }]);
  });

  it('says all refusals at once, of wrong fields and of fences', async () => {
    const { post, desk } = await anOperator();
    desk.refusal = { code: 'quiet_hours', message: 'It is night there.', field: 'to', retryAfterS: 60 };
    const { json } = await post('/calls?dry-run', { to: ANN, task: { prompt: '' }, voicemail: 'leave' });
    expect(json).toMatchObject({
      wouldBePlaced: false,
      refusals: [
        { code: 'invalid_request', field: 'task.prompt' },
        { code: 'invalid_request', field: 'voicemailMessage' },
        { code: 'quiet_hours', field: 'to', retryAfterS: 60 },
      ],
    });
  });

  it('asks no fence about what is no number', async () => {
    const { post, desk } = await anOperator();
    const { json } = await post('/calls?dry-run', { ...REMINDER, to: 'Ann' });
    expect(json).toMatchObject({ wouldBePlaced: false, callee: null, refusals: [{ code: 'invalid_phone' }] });
    expect(desk.rehearsed).toEqual([]);
  });

  it('is never taken for a request to place one', async () => {
    const { post, desk } = await anOperator();
    expect((await post('/calls?dryrun', REMINDER)).status).toBe(422);
    expect((await post('/calls?dry-run=perhaps', REMINDER)).status).toBe(422);
    expect(desk.placed).toEqual([]);
  });
});

it('GET /usage-today tells what is used of the day', async () => {
  const { ask } = await anOperator();
  expect((await ask('/usage-today')).json).toEqual({
    calls: { used: 12, limit: 100 },
    minutes: { used: 31, limit: 600 },
    until: new Date(NOON).toISOString(),
  });
});

describe('POST /calls', () => {
  it('places the call with the defaults and answers with its location', async () => {
    const { post, ask, desk } = await anOperator();
    const answer = await post('/calls', REMINDER);
    expect(answer.status).toBe(202);
    expect(desk.placed).toEqual([
      {
        to: ANN,
        profile: 'default',
        task: { type: 'custom', prompt: REMINDER.task.prompt, context: {} },
        voicemail: null,
        result: null,
        callbackUrl: null,
        ringTimeoutS: 30,
        maxMinutes: 10,
        metadata: {},
      },
    ]);
    const location = answer.headers.get('location');
    expect(location).toBe('/calls/out-1');
    expect(answer.json).toMatchObject({
      id: 'out-1',
      direction: 'outbound',
      stage: 'queued',
      to: ANN,
      place: 0,
      isSettled: false,
      task: { prompt: REMINDER.task.prompt },
    });
    expect((await ask(location ?? '')).json).toEqual(answer.json);
  });

  it('accepts every field', async () => {
    const { post, desk } = await anOperator();
    const body = {
      to: ANN,
      profile: 'night desk',
      task: {
        type: 'survey',
        prompt: 'Ask how it was.',
        context: { order: { id: 7, items: ['tea', null] } },
      },
      voicemail: 'leave',
      voicemailMessage: 'Please call back.',
      result: { type: 'object', properties: { stars: { type: 'integer' } }, required: ['stars'] },
      callbackUrl: 'https://example.com/hook?tenant=blue',
      ringTimeoutS: 5,
      maxMinutes: 120,
      metadata: { ticket: 'A-1' },
    };
    const answer = await post('/calls', body);
    expect(answer.status).toBe(202);
    const { voicemailMessage, ...rest } = body;
    expect(desk.placed).toEqual([{ ...rest, voicemail: voicemailMessage }]);
    expect(answer.json).toMatchObject({
      metadata: { ticket: 'A-1' },
      task: body.task,
      profile: 'night desk',
    });
  });

  it('uses the first profile if there is no default', async () => {
    const { post, desk } = await anOperator();
    desk.profiles = ['night desk', 'day desk'];
    await post('/calls', REMINDER);
    expect(desk.placed[0]?.profile).toBe('night desk');
  });

  const wide = (bytes: number): Record<string, string> => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
  it.each<[string, string, string, object]>([
    ['a missing number', 'to', 'invalid_phone', { to: undefined }],
    ['a national number', 'to', 'invalid_phone', { to: '0555 123 4567' }],
    ['a number with spaces', 'to', 'invalid_phone', { to: '+1 555 123 4567' }],
    ['a number of 16 digits', 'to', 'invalid_phone', { to: '+1234567890123456' }],
    ['an unknown field', 'maxMinute', 'invalid_request', { maxMinute: 5 }],
    ['a missing task', 'task', 'invalid_request', { task: undefined }],
    ['an empty prompt', 'task.prompt', 'invalid_request', { task: { prompt: ' ' } }],
    ['a prompt too long', 'task.prompt', 'invalid_request', { task: { prompt: 'x'.repeat(4001) } }],
    ['a task of an unknown type', 'task.type', 'invalid_request', { task: { prompt: 'x', type: 'spam' } }],
    [
      'context that is not an object',
      'task.context',
      'invalid_request',
      { task: { prompt: 'x', context: [1] } },
    ],
    ['context too large', 'task.context', 'invalid_request', { task: { prompt: 'x', context: wide(8193) } }],
    ['an unknown profile', 'profile', 'invalid_request', { profile: 'nobody' }],
    ['an unknown voicemail', 'voicemail', 'invalid_request', { voicemail: 'maybe' }],
    ['voicemail without a message', 'voicemailMessage', 'invalid_request', { voicemail: 'leave' }],
    ['a message without voicemail', 'voicemailMessage', 'invalid_request', { voicemailMessage: 'Hello.' }],
    ['a result that is not a schema', 'result', 'invalid_request', { result: 'stars' }],
    ['a result too large', 'result', 'invalid_request', { result: wide(16_385) }],
    ['a callback over http', 'callbackUrl', 'invalid_request', { callbackUrl: 'http://example.com/' }],
    [
      'a callback with a password',
      'callbackUrl',
      'invalid_request',
      { callbackUrl: 'https://u:p@example.com/' },
    ],
    ['a callback that is not a URL', 'callbackUrl', 'invalid_request', { callbackUrl: 'https://' }],
    [
      'a callback too long',
      'callbackUrl',
      'invalid_request',
      { callbackUrl: `https://example.com/${'x'.repeat(2000)}` },
    ],
    ['ringing too short', 'ringTimeoutS', 'invalid_request', { ringTimeoutS: 4 }],
    ['ringing too long', 'ringTimeoutS', 'invalid_request', { ringTimeoutS: 121 }],
    ['no minutes', 'maxMinutes', 'invalid_request', { maxMinutes: 0 }],
    ['minutes too many', 'maxMinutes', 'invalid_request', { maxMinutes: 121 }],
    ['half a minute', 'maxMinutes', 'invalid_request', { maxMinutes: 1.5 }],
    ['metadata that is not text', 'metadata.n', 'invalid_request', { metadata: { n: 1 } }],
    ['a number in metadata named to', 'metadata.to', 'invalid_request', { metadata: { to: 1 } }],
    ['metadata too long', 'metadata.n', 'invalid_request', { metadata: { n: 'x'.repeat(501) } }],
    [
      'metadata too many',
      'metadata',
      'invalid_request',
      { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`n${n}`, ''])) },
    ],
  ])('refuses %s and names the field', async (_, field, code, change) => {
    const { post, desk } = shared;
    const before = desk.placed.length;
    const answer = await post('/calls', { ...REMINDER, ...change });
    expect(answer.status).toBe(422);
    const error = { code, field, message: expect.any(String) };
    expect(answer.json).toEqual({ error, errors: [error] });
    expect(desk.placed).toHaveLength(before);
  });

  it.each([
    ['a prompt', { task: { prompt: 'x'.repeat(4000) } }],
    ['context', { task: { prompt: 'x', context: wide(8192) } }],
    ['a result', { result: wide(16_384) }],
    [
      'metadata',
      { metadata: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`n${n}`, 'x'.repeat(500)])) },
    ],
    ['a message', { voicemail: 'leave', voicemailMessage: 'x'.repeat(1000) }],
  ])('accepts %s of the greatest length', async (_, change) => {
    expect((await shared.post('/calls', { ...REMINDER, ...change })).status).toBe(202);
  });

  it('names every wrong field at once and quotes no value', async () => {
    const { post } = await anOperator();
    const answer = await post('/calls', {
      to: 'ann@example.com',
      task: { prompt: '' },
      profile: 'nobody',
      voicemail: 'leave',
      maxMinutes: 'many',
      zeal: 1,
    });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      error: { code: 'invalid_phone', field: 'to' },
      errors: expect.arrayContaining(
        ['to', 'task.prompt', 'profile', 'voicemailMessage', 'maxMinutes', 'zeal'].map((field) =>
          expect.objectContaining({ field }),
        ),
      ),
    });
    expect(answer.text).not.toMatch(/ann@|nobody|many/);
  });

  it('names at most twenty wrong fields', async () => {
    const { post } = await anOperator();
    const unknown = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`${'x'.repeat(150)}${n}`, n]));
    const answer = await post('/calls', { ...REMINDER, ...unknown });
    expect(answer.text.length).toBeLessThan(5000);
    expect(answer.json).toMatchObject({ errors: { length: 20 } });
  });

  it.each([
    [
      'nested without end',
      `{"to":"${ANN}","task":{"prompt":"x","context":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}}`,
      422,
    ],
    ['a list', '[]', 422],
    ['nothing', undefined, 422],
    ['no JSON', '{', 400],
    ['a bare value', '"call Ann"', 400],
    ['more than 128 KB', JSON.stringify({ ...REMINDER, zeal: 'x'.repeat(131_072) }), 413],
  ])('refuses a body that is %s', async (_, body, status) => {
    const { post, desk, bugs } = await anOperator();
    expect((await post('/calls', body)).status).toBe(status);
    expect(desk.placed).toEqual([]);
    expect(bugs).toEqual([]);
  });

  it('refuses a form', async () => {
    const { post } = await anOperator();
    const answer = await post('/calls', 'to=%2B15551234567', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer.status).toBe(415);
  });

  it('answers a repeated request with its first call, whatever the order of its fields', async () => {
    const { post, desk } = await anOperator();
    const key = { 'idempotency-key': 'once-7' };
    const first = await post('/calls', REMINDER, key);
    const again = await post(
      '/calls',
      { task: { context: {}, ...REMINDER.task }, maxMinutes: 10, to: ANN },
      key,
    );
    expect([first.status, again.status]).toEqual([202, 200]);
    expect(again.json).toEqual(first.json);
    expect(again.headers.get('location')).toBe('/calls/out-1');
    expect(desk.placed).toHaveLength(1);
  });

  it('refuses another request with the same key', async () => {
    const { post, desk } = await anOperator();
    const key = { 'idempotency-key': 'once-7' };
    await post('/calls', REMINDER, key);
    const other = await post('/calls', { ...REMINDER, maxMinutes: 11 }, key);
    expect(other.status).toBe(409);
    expect(other.json).toMatchObject({ error: { code: 'idempotency_conflict' } });
    expect(desk.placed).toHaveLength(1);
  });

  it('answers 404 to a repeated request whose call was erased', async () => {
    const { post, desk } = await anOperator();
    const key = { 'idempotency-key': 'once-7' };
    await post('/calls', REMINDER, key);
    desk.view = () => Promise.resolve(null);
    expect((await post('/calls', REMINDER, key)).status).toBe(404);
    expect(desk.placed).toHaveLength(1);
  });

  it.each(['', 'x'.repeat(256), 'clé'])('refuses the key %j', async (key) => {
    const answer = await shared.post('/calls', REMINDER, { 'idempotency-key': key });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ error: { field: 'Idempotency-Key' } });
  });

  it.each<[RefusalCode, number, string | null]>([
    ['invalid_request', 422, null],
    ['invalid_phone', 422, null],
    ['not_allowed', 403, null],
    ['do_not_call', 403, null],
    ['quiet_hours', 403, null],
    ['outbound_off', 403, null],
    ['rate_limited', 429, '60'],
    ['budget_spent', 429, '3600'],
    ['busy', 503, '10'],
    ['idempotency_conflict', 409, null],
    ['carrier_rejected', 502, null],
  ])('answers a refusal with %s by %i', async (code, status, retryAfter) => {
    const { post, desk } = shared;
    desk.refusal = { code, message: 'Not this one.', field: 'to' };
    const answer = await post('/calls', REMINDER).finally(() => (desk.refusal = null));
    expect(answer.status).toBe(status);
    const error = { code, message: 'Not this one.', field: 'to' };
    expect(answer.json).toEqual(code.startsWith('invalid_') ? { error, errors: [error] } : { error });
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
  });

  it('sends Retry-After if the desk knows it', async () => {
    const { post, desk } = await anOperator();
    desk.refusal = { code: 'quiet_hours', message: 'It is night there.', retryAfterS: 7200.2 };
    expect((await post('/calls', REMINDER)).headers.get('retry-after')).toBe('7201');
  });
});

it.each([
  { ...REMINDER, task: { prompt: 'a\0b' } },
  { ...REMINDER, task: { prompt: 'a', context: { 'a\0b': 1 } } },
  { ...REMINDER, metadata: { a: 'a\0b' } },
])('refuses NUL in names and texts, which Postgres cannot keep: %j', async (body) => {
  const { json, status } = await shared.post('/calls', body);
  expect(status).toBe(422);
  expect(json).toMatchObject({ error: { code: 'invalid_request' } });
  expect((await shared.ask('/calls?number=%2B1%00')).status).toBe(422);
  expect((await shared.post('/calls', { ...REMINDER, metadata: { a: 'C:\\u0000' } })).status).toBe(202);
});

describe('a client without the token', () => {
  it.each([
    ['GET', '/calls'],
    ['POST', '/calls'],
    ['GET', '/calls/CA1'],
    ['DELETE', '/calls/CA1'],
    ['GET', '/calls/CA1/events'],
    ['GET', '/calls/CA1/recording'],
    ['POST', '/calls/CA1/hangup'],
    ['GET', '/events'],
  ])('is refused at %s %s', async (method, path) => {
    const answer = await shared.ask(path, { method, headers: { authorization: 'Bearer open' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('is refused before its body is read', async () => {
    const { post } = await anOperator();
    expect((await post('/calls', 'x'.repeat(200_000), { authorization: '' })).status).toBe(401);
  });
});

describe('GET /calls', () => {
  const idsOf = (json: unknown): unknown =>
    typeof json === 'object' && json !== null && 'calls' in json && Array.isArray(json.calls)
      ? json.calls.map((call: { id: unknown }) => call.id)
      : json;

  it('lists calls, the latest first, without transcripts', async () => {
    const { ask } = some;
    const { json } = await ask('/calls');
    expect(json).toMatchObject({ next: null });
    expect(idsOf(json)).toEqual(['CA2', 'out-1', 'CA1']);
    expect(json).toMatchObject({
      calls: [
        { direction: 'inbound', stage: 'in-progress', endedAt: null, durationS: null, isSettled: false },
        {},
        {
          stage: 'ended',
          startedAt: new Date(NOON).toISOString(),
          endedAt: new Date(NOON + 1500).toISOString(),
          endReason: 'caller-hung-up',
          durationS: 1.5,
          isSettled: true,
        },
      ],
    });
    expect(JSON.stringify(json)).not.toContain('transcript');
  });

  it.each([
    ['state=live', ['CA2', 'out-1']],
    ['state=ended', ['CA1']],
    ['stage=queued', ['out-1']],
    ['direction=inbound', ['CA2', 'CA1']],
    ['direction=outbound', ['out-1']],
    ['number=%2B15551234567', ['CA1']],
    ['number=+15551234567', ['CA1']],
    [`since=${new Date(NOON + 60_000).toISOString()}`, ['CA2']],
    [`until=${new Date(NOON + 1).toISOString()}`, ['out-1', 'CA1']],
    ['direction=inbound&state=live', ['CA2']],
    ['endReason=caller-hung-up', ['CA1']],
    ['via=browser', []],
    ['profile=nobody', []],
    ['needsAttention=true', []],
    ['needsAttention=false&state=ended', ['CA1']],
  ])('?%s', async (query, ids) => {
    const { ask } = some;
    expect(idsOf((await ask(`/calls?${query}`)).json)).toEqual(ids);
  });

  it('continues from page to page', async () => {
    const { ask } = some;
    const first = await ask('/calls?limit=2');
    expect(idsOf(first.json)).toEqual(['CA2', 'out-1']);
    const next =
      typeof first.json === 'object' && first.json !== null && 'next' in first.json ? first.json.next : '';
    const second = await ask(`/calls?limit=2&cursor=${encodeURIComponent(String(next))}`);
    expect(idsOf(second.json)).toEqual(['CA1']);
    expect(second.json).toMatchObject({ next: null });
  });

  it.each([
    ['state=gone', 'state'],
    ['state=live&state=ended', 'state'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=many', 'limit'],
    ['since=yesterday', 'since'],
    ['until=2026-11-21', 'until'],
    ['numbr=1', 'numbr'],
    [`cursor=${'x'.repeat(301)}`, 'cursor'],
  ])('refuses ?%s', async (query, field) => {
    const answer = await shared.ask(`/calls?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ error: { code: 'invalid_request', field } });
  });
});

describe('GET /calls/:id', () => {
  it('shows the transcript, what was heard, and the result', async () => {
    const { ask, post, desk, store } = await anOperator();
    await post('/calls', { ...REMINDER, result: { type: 'object' } });
    await desk.happens(
      'out-1',
      { type: 'call-placed', sid: 'CA9' },
      { type: 'call-answered' },
      { type: 'machine-detected', answeredBy: 'human' },
      { type: 'caller-said', utteranceId: 'u1', transcript: 'Hello?', at: NOON + 2000 },
      {
        type: 'turn-finished',
        turnId: 1,
        outcome: 'interrupted',
        said: 'Tomorrow at two.',
        heard: 'Tomorrow',
        failure: null,
        at: NOON + 3000,
      },
      { type: 'digits-pressed', digits: '1', at: NOON + 4000 },
      { type: 'line-spoken', line: 'goodbye', text: 'Goodbye.', at: NOON + 5000 },
      { type: 'call-ended', reason: 'agent-ended', durationMs: 6000, at: NOON + 6000 },
    );
    await desk.settles('out-1', {
      is: 'answered',
      value: { isConfirmed: true },
      findings: [
        {
          pointer: '/isConfirmed',
          isSupported: true,
          evidence: [{ line: 0, who: 'caller', text: 'Hello?' }],
        },
      ],
    });
    await store.addCallback({
      id: 'cb1',
      callId: 'out-1',
      url: 'https://example.com/',
      body: '{}',
      createdAt: NOON,
    });
    await store.noteAttempt('cb1', { nextAt: NOON + 5000, deliveredAt: null, lastProblem: '503' });
    desk.recordings.set('out-1', () => Readable.from([]));

    const { status, json } = await ask('/calls/out-1');
    expect(status).toBe(200);
    const at = (ms: number): string => new Date(NOON + ms).toISOString();
    expect(json).toEqual({
      summary: null,
      attention: [],
      id: 'out-1',
      sid: 'CA9',
      direction: 'outbound',
      via: 'phone',
      stage: 'ended',
      from: expect.any(String),
      to: ANN,
      profile: 'default',
      startedAt: at(0),
      endedAt: at(6000),
      endReason: 'agent-ended',
      durationS: 6,
      answeredBy: 'human',
      isSettled: true,
      metadata: {},
      task: { type: 'custom', prompt: REMINDER.task.prompt, context: {} },
      place: null,
      transcript: [
        { at: at(2000), who: 'caller', by: 'voice', said: 'Hello?' },
        { at: at(3000), who: 'agent', said: 'Tomorrow at two.', heard: 'Tomorrow', outcome: 'interrupted' },
        { at: at(4000), who: 'caller', by: 'keys', said: '1' },
        { at: at(5000), who: 'relay', line: 'goodbye', said: 'Goodbye.' },
      ],
      result: {
        status: 'answered',
        value: { isConfirmed: true },
        findings: [
          {
            pointer: '/isConfirmed',
            is: 'supported',
            evidence: [{ line: 0, who: 'caller', text: 'Hello?' }],
          },
        ],
      },
      callbacks: [
        {
          id: 'cb1',
          url: 'https://example.com/',
          createdAt: at(0),
          attempts: 1,
          nextAt: at(5000),
          deliveredAt: null,
          lastProblem: '503',
        },
      ],
      cost: {
        usd: 0.0085,
        isPartial: false,
        isEstimate: true,
        pricesOf: '2026-09-30',
        lines: [
          {
            owner: 'carrier',
            what: 'minutes of the inbound leg',
            quantity: 1,
            unit: 'minutes',
            usd: 0.0085,
          },
        ],
      },
      hasRecording: true,
      transferTo: [],
      position: expect.any(Number),
    });
  });

  it.each([
    [{ is: 'not-reached', why: 'callee-busy' } as const, { status: 'not-reached', why: 'callee-busy' }],
    [
      { is: 'failed', problems: ['/stars must be integer'] } as const,
      { status: 'failed', problems: ['/stars must be integer'] },
    ],
    [null, null],
  ])('shows a call without a value: %o', async (result, shown) => {
    const { ask, post, desk } = await anOperator();
    await post('/calls', REMINDER);
    await desk.happens('out-1', { type: 'call-ended', reason: 'callee-busy', durationMs: 0 });
    await desk.settles('out-1', result);
    expect((await ask('/calls/out-1')).json).toMatchObject({ result: shown, isSettled: true });
  });

  it.each(['CA404', 'x'.repeat(101), '..%2Fmetrics', '%00'])('answers 404 for %s', async (id) => {
    const answer = await shared.ask(`/calls/${id}`);
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('steering', () => {
  const LIVE = { type: 'call-started', from: ANN, to: '+15550000001', sid: null } as const;

  it.each([
    ['hangup', undefined, { type: 'hang-up' }],
    ['hangup', {}, { type: 'hang-up' }],
    ['transfer', { to: HUMAN }, { type: 'transfer', to: HUMAN }],
    ['say', { text: 'One moment.' }, { type: 'say', text: 'One moment.' }],
    ['note', { text: 'They are a VIP.' }, { type: 'note', text: 'They are a VIP.' }],
  ])('%s %j reaches the desk', async (what, body, steering) => {
    const { post, desk } = shared;
    await desk.happens('CA-live', LIVE);
    const answer = await post(`/calls/CA-live/${what}`, body);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ status: 'accepted' });
    expect(desk.steered.at(-1)).toEqual({ callId: 'CA-live', steering });
  });

  it.each([
    ['hangup', { now: true }, 'now', 'invalid_request'],
    ['transfer', {}, 'to', 'invalid_phone'],
    ['transfer', { to: '911' }, 'to', 'invalid_phone'],
    ['say', { text: '' }, 'text', 'invalid_request'],
    ['say', { text: 'x'.repeat(1001) }, 'text', 'invalid_request'],
    ['note', undefined, 'text', 'invalid_request'],
    ['note', { text: 'x'.repeat(1001) }, 'text', 'invalid_request'],
  ])('%s %j is refused', async (what, body, field, code) => {
    const { post, desk } = shared;
    const before = desk.steered.length;
    await desk.happens('CA-live', LIVE);
    const answer = await post(`/calls/CA-live/${what}`, body);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ error: { code, field } });
    expect(desk.steered).toHaveLength(before);
  });

  it("transfers only to the profile's numbers", async () => {
    const { post, desk } = await anOperator();
    await desk.happens('CA1', LIVE);
    const answer = await post('/calls/CA1/transfer', { to: '+15559999999' });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ error: { code: 'not_allowed', field: 'to' } });
  });

  it('refuses a call that has ended or does not exist', async () => {
    const { post, desk } = await anOperator();
    await desk.happens('CA1', LIVE, { type: 'call-ended', reason: 'silence', durationMs: 1 });
    const over = await post('/calls/CA1/hangup');
    expect([over.status, over.json]).toMatchObject([409, { error: { code: 'call_over' } }]);
    expect((await post('/calls/CA2/hangup')).status).toBe(404);
  });
});

describe('DELETE /calls/:id', () => {
  it('erases only a call that has ended', async () => {
    const { ask, desk } = await anOperator();
    const erase = () => ask('/calls/CA1', { method: 'DELETE' });
    expect((await erase()).status).toBe(404);
    await desk.happens('CA1', { type: 'call-started', from: ANN, to: '+15550000001', sid: null });
    const live = await erase();
    expect([live.status, live.json]).toMatchObject([409, { error: { code: 'call_live' } }]);
    await desk.happens('CA1', { type: 'call-ended', reason: 'silence', durationMs: 1 });
    const gone = await erase();
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await ask('/calls/CA1')).status).toBe(404);
  });
});

it('GET /calls?counts says how many calls there are of each kind, on all pages', async () => {
  const { ask } = some;
  const { json } = await ask('/calls?limit=1&counts=true');
  expect(json).toMatchObject({
    calls: [{ id: 'CA2', summary: null, attention: [] }],
    counts: {
      all: 3,
      needsAttention: 0,
      state: { live: 2, ended: 1 },
      direction: { inbound: 2, outbound: 1 },
      via: { phone: 3 },
      endReason: { 'caller-hung-up': 1 },
    },
  });
  expect((await ask('/calls?limit=1&counts=true&state=ended')).json).toMatchObject({ counts: { all: 1 } });
  expect((await ask('/calls?limit=1')).json).not.toHaveProperty('counts');
});

describe('GET /insights', () => {
  const of = (more = '') =>
    `/insights?since=${new Date(NOON - 1000).toISOString()}&until=${new Date(NOON + 3_600_000).toISOString()}${more}`;

  it('gathers calls by when they started', async () => {
    const { ask } = some;
    expect((await ask(of('&step=86400'))).json).toMatchObject({
      step: 86_400,
      isCut: false,
      groups: [
        { value: '', stretches: [{ calls: 3, ended: { wanted: 1, theirs: 0, ours: 0 }, wait: null }] },
      ],
    });
    expect((await ask(of('&by=direction'))).json).toMatchObject({
      groups: [{ value: 'inbound' }, { value: 'outbound' }],
    });
    expect((await ask(of('&via=browser'))).json).toMatchObject({ groups: [] });
  });

  it.each(['', '?since=now&until=later', `${of('&step=59')}`, `${of('&step=60')}&until=${of()}`])(
    'refuses %s',
    async (query) => {
      const { ask } = some;
      expect((await ask(query.startsWith('/') ? query : `/insights${query}`)).status).toBe(422);
    },
  );

  it('refuses more stretches than it answers', async () => {
    const { ask } = some;
    const long = `/insights?since=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z&step=3600`;
    expect((await ask(long)).text).toContain('longer step');
    expect((await ask('/insights?since=2026-01-01T00:00:00Z&until=2020-01-01T00:00:00Z')).status).toBe(422);
  });
});

describe('GET /calls/:id/recording', () => {
  it('sends a WAV of the announced length', async () => {
    const { ask, desk } = await anOperator();
    desk.recordings.set('CA1', () => Readable.from([Buffer.from('RIFF'), Buffer.from('WAVE')]));
    const answer = await ask('/calls/CA1/recording');
    expect([answer.status, answer.text]).toEqual([200, 'RIFFWAVE']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': '8',
      'content-disposition': 'attachment; filename="CA1.wav"',
      'cache-control': 'no-store',
    });
  });

  it.each([
    ['bytes=2-5', 206, 'FFWA', 'bytes 2-5/8'],
    ['bytes=6-', 206, 'VE', 'bytes 6-7/8'],
    ['bytes=-3', 206, 'AVE', 'bytes 5-7/8'],
    ['bytes=0-99', 200, 'RIFFWAVE', null],
    ['bytes=8-', 416, '', 'bytes */8'],
    ['bytes=0-1,4-5', 200, 'RIFFWAVE', null],
    ['nonsense', 200, 'RIFFWAVE', null],
  ])('a player seeks in it: %s', async (range, status, text, place) => {
    const { ask, desk } = await anOperator();
    desk.recordings.set('CA1', (from, to) => Readable.from([Buffer.from('RIFFWAVE').subarray(from, to + 1)]));
    const answer = await ask('/calls/CA1/recording', { headers: { range } });
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.headers.get('content-range')).toBe(place);
    const tag = answer.headers.get('etag') ?? '';
    const again = (since: string) =>
      ask('/calls/CA1/recording', { headers: { range: 'bytes=2-5', 'if-range': since } });
    expect((await again(tag)).text).toBe('FFWA');
    expect((await again('"of one part less"')).text).toBe('RIFFWAVE');
  });

  it('says how loud it is, and when its parts began', async () => {
    const { ask, desk } = await anOperator();
    desk.recordings.set('CA1', () => Readable.from([]));
    expect((await ask('/calls/CA1/recording/peaks?n=3')).json).toEqual({
      lengthMs: 0.5,
      parts: [{ beganAt: new Date(NOON).toISOString(), offsetMs: 0, lengthMs: 0.5 }],
      caller: [7, 7, 7],
      agent: [100, 100, 100],
    });
    expect((await ask('/calls/CA1/recording/peaks?n=4001')).status).toBe(422);
    expect((await ask('/calls/CA2/recording/peaks')).status).toBe(404);
    desk.isDrawing = true;
    expect((await ask('/calls/CA1/recording/peaks')).status).toBe(503);
  });

  it('answers 404 if there is no recording', async () => {
    const { ask } = await anOperator();
    expect((await ask('/calls/CA1/recording')).status).toBe(404);
  });

  it('breaks the connection if the recording breaks off', async () => {
    const { ask, desk, bugs } = await anOperator();
    desk.recordings.set('CA1', () =>
      Readable.from(
        (function* () {
          yield Buffer.from('RIFF');
          throw new Error('the disk is gone');
        })(),
      ),
    );
    await expect(ask('/calls/CA1/recording')).rejects.toThrow();
    expect(bugs).toEqual([new Error('the disk is gone')]);
  });

  it('closes the recording when its reader leaves', async () => {
    const { url, desk, bugs } = await anOperator();
    const endless = new Readable({ read() {} });
    endless.push('RIFF');
    desk.recordings.set('CA1', () => endless);
    const leaving = new AbortController();
    const response = await fetch(`${url}/calls/CA1/recording`, {
      headers: { authorization: 'Bearer open sesame' },
      signal: leaving.signal,
    });
    expect(response.status).toBe(200);
    const closed = new Promise((resolve) => endless.once('close', resolve));
    leaving.abort();
    await closed;
    expect(bugs).toEqual([]);
  });
});

describe('while the store is away', () => {
  it.each(['/calls', '/calls/CA1', '/calls/CA1?wait=1', '/calls/CA1/events', '/events'])(
    '%s says so, and it is no bug',
    async (path) => {
      const { ask, desk, bugs } = shared;
      desk.failure = new StoreError('ECONNREFUSED');
      const answer = await ask(path).finally(() => (desk.failure = null));
      expect(answer.status).toBe(503);
      expect(answer.json).toMatchObject({ error: { code: 'unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.text).not.toContain('ECONN');
      expect(bugs).toEqual([]);
    },
  );

  it('reports any other error as a bug', async () => {
    const { url, desk, bugs } = await anOperator();
    desk.failure = new TypeError('of undefined');
    const answer = await fetch(`${url}/calls`, { headers: { authorization: 'Bearer open sesame' } });
    expect(answer.status).toBe(500);
    expect(bugs).toEqual([desk.failure]);
  });
});
