import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RETRIES } from '../../src/phone/urls.ts';
import { apiOf, CONNECT, OUR_NUMBER, stage, WEBHOOK_URL } from '../support/tiny-relay.ts';
import { SteppedClock } from '../support/clock.ts';
import { listen } from '../support/listen.ts';

const CALLEE = '+15550001234';
const CALL = {
  callId: `CO${'0f'.repeat(16)}`,
  from: OUR_NUMBER,
  to: CALLEE,
  ringTimeoutS: 25,
  maxMinutes: 10,
  detect: 'machine',
} as const;

it('[E2] redirects a call in progress, and leaves one alone that is over', async () => {
  const { twilio, call } = await stage([CONNECT]);
  const { caller } = await call();
  await apiOf(twilio).redirect(
    caller.sid,
    '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Bye.</Say></Response>',
  );
  await caller.ended;
  expect(caller.twimlSaid).toEqual(['Bye.']);
  await expect(apiOf(twilio).redirect(caller.sid, '<Response/>')).resolves.toBeUndefined();
});

describe('[E2] hanging up', () => {
  it('ends the call at the carrier, and accepts that it is already over', async () => {
    const { twilio, call } = await stage([CONNECT, CONNECT]);
    const [{ caller }, other] = [await call(), await call()];
    await apiOf(twilio).hangUp(caller.sid);
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    await expect(apiOf(twilio).hangUp(caller.sid)).resolves.toBeUndefined();
    other.stream.play('still here');
    await other.caller.hears('still here');
  });

  it('ends an outbound call that still rings', async () => {
    const { relay, twilio } = await stage([]);
    const callee = twilio.callee(CALLEE, 'rings-on');
    const placed = await apiOf(twilio).place(CALL);
    await callee.rang;
    await apiOf(twilio).hangUp(placed.is === 'placed' ? placed.sid : '');
    const { path } = await relay.until(({ form }) => form.get('CallStatus') === 'canceled');
    expect(path).toBe(`/voice/status?call=${CALL.callId}`);
  });

  it('rejects when the carrier refuses our token, or knows no such call', async () => {
    const { twilio, call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    const impostor = apiOf(twilio, { authToken: 'another' });
    await expect(impostor.hangUp(caller.sid)).rejects.toMatchObject({ status: 401, code: 20003 });
    await expect(apiOf(twilio).hangUp('CA2')).rejects.toMatchObject({ status: 404, code: 20404 });
    stream.play('still here');
    await caller.hears('still here');
  });

  it('rejects when the carrier cannot be reached', async () => {
    const { twilio } = await stage([]);
    const phone = apiOf(twilio, { apiUrl: 'http://127.0.0.1:1' });
    await expect(phone.hangUp('CA1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('placing a call', () => {
  it('asks for what the call needs, and for detection in the background', async () => {
    const { relay, twilio } = await stage(['<Hangup/>']);
    const callee = twilio.callee(CALLEE);
    const placed = await apiOf(twilio).place(CALL);
    const caller = await callee.answered;
    expect(placed).toEqual({ is: 'placed', sid: caller.sid });
    expect(twilio.orders).toEqual([
      {
        to: CALLEE,
        from: OUR_NUMBER,
        url: `${WEBHOOK_URL}/voice/outgoing?call=${CALL.callId}${RETRIES}`,
        reporting: {
          url: `${WEBHOOK_URL}/voice/status?call=${CALL.callId}${RETRIES}`,
          events: ['initiated', 'ringing', 'answered', 'completed'],
        },
        ringMs: 25_000,
        longestMs: 11 * 60_000,
        detection: { mode: 'Enable', callback: `${WEBHOOK_URL}/voice/machine?call=${CALL.callId}${RETRIES}` },
      },
    ]);
    await apiOf(twilio).place({ ...CALL, detect: 'message-end' });
    expect(twilio.orders[1]?.detection?.mode).toBe('DetectMessageEnd');
    await relay.until(({ path }) => path.startsWith('/voice/outgoing'));
  });

  it.each([
    ['a number that is none', { to: '+1555' }, 21211],
    ['a number that is not ours', { from: '+15550009999' }, 21210],
    ['a patience that Twilio does not have', { ringTimeoutS: 4 }, 21208],
  ])('reports the code of a refusal for %s, and not the number', async (_, change, code) => {
    const { twilio } = await stage([]);
    expect(await apiOf(twilio).place({ ...CALL, ...change })).toEqual({ is: 'refused', code });
    expect(twilio.orders).toEqual([]);
  });

  it('reports the code when Twilio refuses our token', async () => {
    const { twilio } = await stage([]);
    const impostor = apiOf(twilio, { authToken: 'another' });
    expect(await impostor.place(CALL)).toEqual({ is: 'refused', code: 20003 });
  });

  it("reports code 0 for a refusal that is not Twilio's", async () => {
    const { twilio } = await stage([]);
    twilio.restFaults.failNext = 403;
    expect(await apiOf(twilio).place(CALL)).toEqual({ is: 'refused', code: 0 });
  });

  it('is busy after one call too many, and is not repeated', async () => {
    const { twilio } = await stage([]);
    twilio.restFaults.refuseNext = 20429;
    expect(await apiOf(twilio).place(CALL)).toEqual({ is: 'busy' });
    expect(twilio.orders).toEqual([]);
  });

  it('is busy if there was no connection at all', async () => {
    const { twilio } = await stage([]);
    expect(await apiOf(twilio, { apiUrl: 'http://127.0.0.1:1' }).place(CALL)).toEqual({ is: 'busy' });
  });

  it.each([500, 503, 408, 302])('is unknown after an answer of %d, and not repeated', async (status) => {
    const { twilio } = await stage([]);
    twilio.restFaults.failNext = status;
    expect(await apiOf(twilio).place(CALL)).toEqual({ is: 'unknown' });
    expect(twilio.orders).toEqual([]);
  });

  it('is unknown when the connection breaks; if the phone rings, Twilio asks about the call', async () => {
    const { relay, twilio } = await stage(['<Hangup/>']);
    const callee = twilio.callee(CALLEE);
    twilio.restFaults.dropNext = 1;
    expect(await apiOf(twilio).place(CALL)).toEqual({ is: 'unknown' });
    const asked = await relay.until(({ path }) => path === `/voice/outgoing?call=${CALL.callId}`);
    expect(asked.form.get('CallSid')).toBe((await callee.answered).sid);
    expect(twilio.orders).toHaveLength(1);
    expect(callee.calls).toBe(1);
  });

  it('is unknown when nobody answers in time', async () => {
    const { twilio } = await stage([]);
    const clock = new SteppedClock();
    twilio.restFaults.hangNext = 1;
    const placing = apiOf(twilio, { clock }).place(CALL);
    clock.step(14_999);
    expect(clock.waiting).toBe(1);
    clock.step(1);
    expect(await placing).toEqual({ is: 'unknown' });
    expect(twilio.orders).toEqual([]);
  });

  it('uses a new connection, which nobody can have closed meanwhile', async () => {
    const { twilio } = await stage([]);
    const connections: (string | undefined)[] = [];
    const server = createServer((req, res) => {
      connections.push(req.headers.connection);
      res.writeHead(201, { 'content-type': 'application/json' }).end('{}');
    });
    onTestFinished(() => void server.close());
    const apiUrl = `http://127.0.0.1:${await listen(server)}`;
    // An answer without the name of the call tells nothing.
    expect(await apiOf(twilio, { apiUrl }).place(CALL)).toEqual({ is: 'unknown' });
    expect(connections).toEqual(['close']);
  });

  it('leaves no timer behind', async () => {
    const { twilio } = await stage([]);
    const clock = new SteppedClock();
    await apiOf(twilio, { clock }).place({ ...CALL, to: '+1555' });
    expect(clock.waiting).toBe(0);
  });
});
