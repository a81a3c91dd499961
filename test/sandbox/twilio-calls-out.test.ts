// Calls out as the sandbox's Twilio carries them, held to what Twilio documents, with the `twilio` package as the client.
import twilioPackage from 'twilio';
import type { CallListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/call.js';
import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../sandbox/twilio/callee.ts';
import type { TwilioSandbox } from '../../sandbox/twilio/twilio.ts';
import { SteppedClock } from '../support/clock.ts';
import { ACCOUNT_SID, AUTH_TOKEN, CONNECT, OUR_NUMBER, stage, WEBHOOK_URL } from '../support/tiny-relay.ts';

const CALLEE = '+15550001234';
const ANSWER_URL = `${WEBHOOK_URL}/voice/outgoing?call=1`;
const STATUS = `${WEBHOOK_URL}/voice/status?call=1`;
const MACHINE = `${WEBHOOK_URL}/voice/machine?call=1`;
const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

const ORDER = {
  to: CALLEE,
  from: OUR_NUMBER,
  url: ANSWER_URL,
  statusCallback: STATUS,
  statusCallbackEvent: EVENTS,
} satisfies CallListInstanceCreateOptions;

function clientOf({ apiUrl }: TwilioSandbox): ReturnType<typeof twilioPackage> {
  const client = twilioPackage(ACCOUNT_SID, AUTH_TOKEN, { timeout: 5000 });
  client.api.baseUrl = apiUrl;
  return client;
}

const detecting = (machineDetection: string): Partial<CallListInstanceCreateOptions> => ({
  machineDetection,
  asyncAmd: 'true',
  asyncAmdStatusCallback: MACHINE,
});

describe('a call out', () => {
  it('is queued, rings, is answered, and then asks what to do as any other call', async () => {
    const { relay, twilio } = await stage([CONNECT]);
    const callee = twilio.callee(CALLEE, 'answers');
    const placed = await clientOf(twilio).calls.create(ORDER);
    expect(placed).toMatchObject({
      status: 'queued',
      direction: 'outbound-api',
      queueTime: '0',
      from: OUR_NUMBER,
      to: CALLEE,
    });
    const caller = await callee.answered;
    expect(caller.sid).toBe(placed.sid);
    const stream = await relay.stream();
    const asked = relay.asked.find(({ path }) => path === '/voice/outgoing?call=1');
    expect(asked?.isSigned).toBe(true);
    expect(Object.fromEntries(asked?.form ?? [])).toMatchObject({
      CallSid: placed.sid,
      Direction: 'outbound-api',
      CallStatus: 'in-progress',
      From: OUR_NUMBER,
      To: CALLEE,
    });
    await stream.until(({ media }) => media?.chunk === '6');
    expect(stream.heard).toBe('Hello?');
    stream.play('This is the shop.');
    await caller.hears('This is the shop.');
    caller.hangsUp();
    expect(await caller.ended).toEqual({ how: 'caller-hung-up' });
    expect((await clientOf(twilio).calls(placed.sid).fetch()).status).toBe('completed');
  });

  it('repeats a report, and delivers an older one after a newer one', async () => {
    const { relay, twilio } = await stage(['<Hangup/>']);
    twilio.callee(CALLEE);
    await clientOf(twilio).calls.create(ORDER);
    const over = await relay.until(({ form }) => form.get('CallStatus') === 'completed');
    await twilio.close();
    expect(relay.statuses()).toEqual([
      'initiated',
      'ringing',
      'initiated',
      'in-progress',
      'ringing',
      'completed',
      'in-progress',
      'completed',
    ]);
    const sequence = relay.asked.map(({ form }) => form.get('SequenceNumber')).filter((one) => one !== null);
    expect(sequence).toEqual(['0', '1', '0', '2', '1', '3', '2', '3']);
    expect(Object.fromEntries(over.form)).toMatchObject({
      CallDuration: '1',
      SipResponseCode: '200',
      CallbackSource: 'call-progress-events',
      Direction: 'outbound-api',
    });
    expect(relay.asked.every(({ isSigned }) => isSigned)).toBe(true);
  });

  it('reports only the requested events, or only the end by default', async () => {
    const { relay, twilio } = await stage(['<Hangup/>']);
    const callee = twilio.callee(CALLEE);
    const { to, from, url, statusCallback } = ORDER;
    await clientOf(twilio).calls.create({ to, from, url, statusCallback });
    await (
      await callee.answered
    ).ended;
    await twilio.close();
    expect(relay.statuses()).toEqual(['completed', 'completed']);
  });

  it.each<[Behaviour, string, string]>([
    ['busy', 'busy', '486'],
    ['no-answer', 'no-answer', '487'],
    ['fails', 'failed', '404'],
  ])(
    'that is answered by nobody (%s) ends as such, and nothing is asked',
    async (whenCalled, status, sip) => {
      const { relay, twilio } = await stage([]);
      twilio.callee(CALLEE, whenCalled);
      const { sid } = await clientOf(twilio).calls.create(ORDER);
      const over = await relay.until(({ form }) => form.get('CallStatus') === status);
      expect(over.form.get('SipResponseCode')).toBe(sip);
      expect(over.form.get('CallDuration')).toBe('0');
      expect(await clientOf(twilio).calls(sid).fetch()).toMatchObject({ status, duration: '0' });
      expect(relay.asked.some(({ path }) => path.startsWith('/voice/outgoing'))).toBe(false);
    },
  );

  it('to a number that nobody has, fails without having rung', async () => {
    const { relay, twilio } = await stage([]);
    await clientOf(twilio).calls.create(ORDER);
    await relay.until(({ form }) => form.get('CallStatus') === 'failed');
    expect(relay.statuses()).not.toContain('ringing');
  });

  it('rings for as long as was asked for, and lasts no longer', async () => {
    const clock = new SteppedClock();
    const { twilio } = await stage(['<Pause length="600"/>'], { clock });
    const { calls } = clientOf(twilio);
    const callee = twilio.callee(CALLEE, 'rings-on');
    const unheard = await calls.create({ ...ORDER, timeout: 5 });
    clock.step(0);
    await callee.rang;
    clock.step(4_999);
    expect((await calls(unheard.sid).fetch()).status).toBe('ringing');
    clock.step(1);
    expect((await calls(unheard.sid).fetch()).status).toBe('no-answer');

    const talker = twilio.callee(CALLEE, 'answers', { ringMs: 0 });
    const { sid } = await calls.create({ ...ORDER, timeLimit: 60 });
    clock.step(0);
    await talker.rang;
    clock.step(0);
    const caller = await talker.answered;
    clock.step(59_999);
    expect((await calls(sid).fetch()).status).toBe('in-progress');
    clock.step(1);
    expect(await caller.ended).toEqual({ how: 'time-limit' });
    expect(await calls(sid).fetch()).toMatchObject({ status: 'completed', duration: '60' });
    // Nor does anything of it go on in secret.
    expect(clock.waiting).toBe(0);
  });

  it('waits for its turn, one call a second', async () => {
    const clock = new SteppedClock();
    const { twilio } = await stage([], { clock });
    const { calls } = clientOf(twilio);
    const [first, second] = [twilio.callee(CALLEE, 'rings-on'), twilio.callee('+15550001235', 'rings-on')];
    expect((await calls.create(ORDER)).queueTime).toBe('0');
    const later = await calls.create({ ...ORDER, to: second.number });
    expect(later).toMatchObject({ queueTime: '1000', status: 'queued' });
    clock.step(999);
    await first.rang;
    expect((await calls(later.sid).fetch()).status).toBe('queued');
    expect(second.calls).toBe(0);
    clock.step(1);
    await second.rang;
  });

  it('starts as many calls a second as configured', async () => {
    const { twilio } = await stage([], { callsPerSecond: 20 });
    twilio.callee(CALLEE, 'rings-on');
    const { calls } = clientOf(twilio);
    await calls.create(ORDER);
    const { queueTime } = await calls.create(ORDER);
    expect(Number(queueTime)).toBeLessThanOrEqual(50);
  });
});

describe('a call out over REST', () => {
  it('can be canceled while it waits or rings, and reports "canceled"', async () => {
    const { relay, twilio } = await stage([]);
    const { calls } = clientOf(twilio);
    const callee = twilio.callee(CALLEE, 'rings-on');
    const ringing = await calls.create(ORDER);
    const queued = await calls.create(ORDER);
    await callee.rang;
    expect((await calls(ringing.sid).update({ status: 'completed' })).status).toBe('canceled');
    expect((await calls(queued.sid).update({ status: 'canceled' })).status).toBe('canceled');
    await twilio.close();
    expect(relay.statuses().filter((status) => status === 'canceled')).toHaveLength(4);
    expect(callee.calls).toBe(1);
  });

  it('that is in progress cannot be given up, and one that rings takes no instructions', async () => {
    const { relay, twilio } = await stage([CONNECT]);
    const { calls } = clientOf(twilio);
    const ringing = twilio.callee('+15550001235', 'rings-on');
    const talking = twilio.callee(CALLEE);
    const { sid } = await calls.create(ORDER);
    await talking.answered;
    await relay.stream();
    await expect(calls(sid).update({ status: 'canceled' })).rejects.toMatchObject({ code: 21220 });
    const other = await calls.create({ ...ORDER, to: ringing.number });
    await expect(calls(other.sid).update({ twiml: '<Response/>' })).rejects.toMatchObject({ code: 21220 });
    const twiml = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Bye.</Say></Response>';
    await calls(sid).update({ twiml });
    const caller = await talking.answered;
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(caller.twimlSaid).toEqual(['Bye.']);
    await expect(calls(sid).update({ status: 'completed' })).rejects.toMatchObject({ code: 21220 });
  });

  it('takes other instructions even before the first were given', async () => {
    const { relay, twilio } = await stage(['<Say>Hello.</Say>']);
    const { calls } = clientOf(twilio);
    const callee = twilio.callee(CALLEE);
    const held = Promise.withResolvers<void>();
    relay.answersAfter = held.promise;
    const { sid } = await calls.create(ORDER);
    const caller = await callee.answered;
    const twiml = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Bye.</Say></Response>';
    await calls(sid).update({ twiml });
    await caller.ended;
    held.resolve();
    await twilio.close();
    expect(caller.twimlSaid).toEqual(['Bye.']);
  });

  it('is not known by a name that nobody gave it', async () => {
    const { twilio } = await stage([]);
    const { calls } = clientOf(twilio);
    await expect(calls('CA2').fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
    await expect(calls('CA2').update({ status: 'completed' })).rejects.toMatchObject({ status: 404 });
  });

  it('fails once, as configured', async () => {
    const { twilio } = await stage([]);
    const { calls } = clientOf(twilio);
    const callee = twilio.callee(CALLEE, 'rings-on');
    twilio.restFaults.failNext = 500;
    await expect(calls.create(ORDER)).rejects.toMatchObject({ status: 500 });
    twilio.restFaults.refuseNext = 21215;
    await expect(calls.create(ORDER)).rejects.toMatchObject({ status: 400, code: 21215 });
    twilio.restFaults.refuseNext = 20429;
    await expect(calls.create(ORDER)).rejects.toMatchObject({ status: 429, code: 20429 });
    expect(twilio.orders).toEqual([]);
    twilio.restFaults.dropNext = 1;
    await expect(calls.create(ORDER)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(twilio.orders).toHaveLength(1);
    await callee.rang;
    await expect(calls.create(ORDER)).resolves.toMatchObject({ status: 'queued' });
  });
});

describe('what a call out may ask for', () => {
  const FORM = { To: CALLEE, From: OUR_NUMBER, Url: ANSWER_URL };
  const AMD = { MachineDetection: 'Enable', AsyncAmd: 'true', AsyncAmdStatusCallback: MACHINE };

  async function refusalOf(form: Record<string, string | readonly string[] | null>): Promise<unknown> {
    const { twilio } = await stage([]);
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...FORM, ...form })) {
      for (const one of [value ?? []].flat()) body.append(name, one);
    }
    const authorization = `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}`;
    const url = `${twilio.apiUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/Calls.json`;
    const answer = await fetch(url, { method: 'POST', headers: { authorization }, body });
    const document: unknown = await answer.json();
    const code = document instanceof Object && 'code' in document ? document.code : undefined;
    expect(answer.status).toBe(code === undefined ? 201 : 400);
    expect(twilio.orders).toHaveLength(code === undefined ? 1 : 0);
    return code;
  }

  it('is what the real one takes', async () => {
    expect(await refusalOf({})).toBeUndefined();
    const all = { StatusCallback: STATUS, StatusCallbackEvent: EVENTS, Timeout: '600', TimeLimit: '14400' };
    const detection = { ...AMD, MachineDetectionTimeout: '59', MachineDetectionSilenceTimeout: '2000' };
    const methods = { Method: 'POST', StatusCallbackMethod: 'POST', AsyncAmdStatusCallbackMethod: 'POST' };
    expect(await refusalOf({ ...all, ...detection, ...methods })).toBeUndefined();
  });

  it.each<[string, number, Record<string, string | readonly string[] | null>]>([
    ['nobody to call', 21201, { To: null }],
    ['a number that is none', 21211, { To: '5550001234' }],
    ['nobody who calls', 21213, { From: null }],
    ['a caller who is no number', 21212, { From: 'relay' }],
    ['a caller of another account', 21210, { From: '+15550009999' }],
    ['no address', 21205, { Url: null }],
    ['an address that is none', 21205, { Url: 'relay.example/voice' }],
    ['instructions besides an address', 20001, { Twiml: '<Response/>' }],
    ['a parameter nobody knows', 20001, { RingTimeout: '20' }],
    ['a parameter twice', 20001, { Timeout: ['20', '30'] }],
    ['too little patience', 21208, { Timeout: '4' }],
    ['too much patience', 21208, { Timeout: '601' }],
    ['patience in parts of a second', 21208, { Timeout: '20.5' }],
    ['a call that is too long', 20001, { TimeLimit: '14401' }],
    ['an event that is none', 21626, { StatusCallback: STATUS, StatusCallbackEvent: 'in-progress' }],
    ['events in one', 21626, { StatusCallback: STATUS, StatusCallbackEvent: 'ringing answered' }],
    ['too many events', 21626, { StatusCallback: STATUS, StatusCallbackEvent: [...EVENTS, 'ringing'] }],
    ['events for nobody', 21626, { StatusCallbackEvent: EVENTS }],
    ['a callback that is no address', 21609, { StatusCallback: 'https://re_lay.example/' }],
    ['a method that is none', 21209, { Method: 'post' }],
    ['a detection that is none', 20001, { ...AMD, MachineDetection: 'enable' }],
    ['detection that is waited for', 20001, { ...AMD, AsyncAmd: 'false' }],
    ['a flag in another spelling', 20001, { ...AMD, AsyncAmd: 'True' }],
    ['detection without a callback', 20001, { ...AMD, AsyncAmdStatusCallback: null }],
    ['a callback without detection', 20001, { ...AMD, MachineDetection: null }],
    ['detection for too long', 20001, { ...AMD, MachineDetectionTimeout: '60' }],
  ])('is not %s', async (_, code, form) => {
    expect(await refusalOf(form)).toBe(code);
  });

  it('is asked for by those who know the token', async () => {
    const { twilio } = await stage([]);
    const client = twilioPackage(ACCOUNT_SID, 'another');
    client.api.baseUrl = twilio.apiUrl;
    await expect(client.calls.create(ORDER)).rejects.toMatchObject({ status: 401, code: 20003 });
    expect(twilio.orders).toEqual([]);
  });
});

describe('the person or machine that answers', () => {
  const verdict = ({ path }: { path: string }): boolean => path.startsWith('/voice/machine');

  it('is taken for a person, after a while', async () => {
    const { relay, twilio } = await stage([CONNECT]);
    twilio.callee(CALLEE, 'answers', { detectedAfterMs: 300 });
    const { sid } = await clientOf(twilio).calls.create({ ...ORDER, ...detecting('Enable') });
    const stream = await relay.stream();
    await stream.until(({ event }) => event === 'start');
    expect(relay.asked.some(verdict)).toBe(false);
    const { form, isSigned } = await relay.until(verdict);
    expect(isSigned).toBe(true);
    expect(Object.fromEntries(form)).toEqual({
      AccountSid: ACCOUNT_SID,
      CallSid: sid,
      AnsweredBy: 'human',
      MachineDetectionDuration: expect.stringMatching(/^\d+$/),
    });
    expect(Number(form.get('MachineDetectionDuration'))).toBeGreaterThan(290);
    expect((await clientOf(twilio).calls(sid).fetch()).answeredBy).toBe('human');
  });

  it('a machine greets, beeps, and keeps what it hears from there', async () => {
    const { relay, twilio } = await stage([CONNECT]);
    const machine = twilio.callee(CALLEE, 'machine', { says: 'Ann here.', detectedAfterMs: 0 });
    await clientOf(twilio).calls.create({ ...ORDER, ...detecting('DetectMessageEnd') });
    const stream = await relay.stream();
    await stream.until(({ event }) => event === 'start');
    stream.play('too early');
    const caller = await machine.answered;
    await caller.hears('too early');
    expect(relay.asked.some(verdict)).toBe(false);
    const { form } = await relay.until(verdict);
    expect(form.get('AnsweredBy')).toBe('machine_end_beep');
    // The beep is twenty frames.
    await stream.until(({ media }) => media?.chunk === '29');
    expect(stream.heard).toBe('Ann here.#');
    stream.play('It is on Monday.');
    await caller.hears('Monday.');
    caller.hangsUp();
    expect(await machine.recorded).toBe('It is on Monday.');
  });

  it('a machine records and reports nothing when the call ends before its beep', async () => {
    const { relay, twilio } = await stage([CONNECT]);
    const machine = twilio.callee(CALLEE, 'machine', { detectedAfterMs: 0 });
    await clientOf(twilio).calls.create({ ...ORDER, ...detecting('DetectMessageEnd') });
    const stream = await relay.stream();
    await stream.until(({ media }) => media?.chunk === '2');
    const caller = await machine.answered;
    stream.play('Who');
    await caller.hears('Who');
    caller.hangsUp();
    expect(await machine.recorded).toBe('');
    await twilio.close();
    expect(relay.asked.some(verdict)).toBe(false);
  });

  it('a screener asks, listens to the end, and puts the person through', async () => {
    const { relay, twilio } = await stage([CONNECT]);
    const screener = twilio.callee(CALLEE, 'screener', { asks: 'Who is it?', says: 'Ann here.' });
    await clientOf(twilio).calls.create({ ...ORDER });
    const stream = await relay.stream();
    await stream.until(({ media }) => media?.chunk === '10');
    const caller = await screener.answered;
    await caller.hearsNothing({ forMs: 700 });
    expect(stream.heard).toBe('Who is it?');
    stream.play('It is the shop. ');
    await caller.hears('shop.');
    stream.play('About Monday.');
    await caller.hears('Monday.');
    expect(stream.heard).toBe('Who is it?');
    await stream.until(({ media }) => media?.chunk === '19');
    expect(stream.heard).toBe('Who is it?Ann here.');
  });

  it.each<[Behaviour, string, string]>([
    ['answers', 'human', 'human'],
    ['answers-silent', 'unknown', 'unknown'],
    ['machine', 'machine_start', 'machine_end_beep'],
    ['screener', 'machine_start', 'machine_end_silence'],
  ])('%s: is taken for %s, or %s where a message is to be left', async (whenCalled, atOnce, atTheEnd) => {
    for (const [mode, wanted] of [
      ['Enable', atOnce],
      ['DetectMessageEnd', atTheEnd],
    ] as const) {
      const { relay, twilio } = await stage([CONNECT]);
      const says = 'Hi.';
      twilio.callee(CALLEE, whenCalled, { says, asks: says, detectedAfterMs: 10 });
      await clientOf(twilio).calls.create({ ...ORDER, ...detecting(mode) });
      expect((await relay.until(verdict)).form.get('AnsweredBy')).toBe(wanted);
    }
  });

  it('is taken for what the test says, rightly or not', async () => {
    const { relay, twilio } = await stage([CONNECT]);
    twilio.callee(CALLEE, 'answers', { says: '', detectedAs: 'fax', detectedAfterMs: 0 });
    await clientOf(twilio).calls.create({ ...ORDER, ...detecting('Enable') });
    expect((await relay.until(verdict)).form.get('AnsweredBy')).toBe('fax');
  });

  it('may be transferred, as one of our numbers and none else', async () => {
    const dial = (callerId: string): string =>
      `<Dial callerId="${callerId}"><Number>+15550100</Number></Dial>`;
    const { twilio } = await stage([dial(OUR_NUMBER), dial(CALLEE)], { callsPerSecond: 50 });
    const human = twilio.callee('+15550100');
    const [first, second] = [twilio.callee(CALLEE), twilio.callee('+15550001235')];
    await clientOf(twilio).calls.create(ORDER);
    expect(await human.joined).toBe((await first.answered).sid);
    human.hangsUp();
    await clientOf(twilio).calls.create({ ...ORDER, to: second.number });
    expect(await (await second.answered).ended).toMatchObject({ how: 'failed', because: { code: 13214 } });
  });
});
