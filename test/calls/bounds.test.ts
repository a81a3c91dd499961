// What a relay holds of those who bring nothing but a signature, and what it says to those who bring less.
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import { SANDBOX_ENV } from '../../sandbox/sandbox.ts';
import { type ForgedStream, ForgedTwilio } from '../support/forged-twilio.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

/** 20 streams and MAX_CALLS may wait for their start, and half of them from one address. */
const MAX_CALLS = 2;
const MOST_OF_ONE_ADDRESS = 11;

async function flood(twilioByHand: ForgedTwilio, streams: number): Promise<ForgedStream[]> {
  const opened: ForgedStream[] = [];
  for (let n = 0; n < streams; n++) opened.push(await twilioByHand.opens());
  return opened;
}

describe.concurrent('[R5] a relay under a flood', () => {
  it('of signed streams that never start takes calls, and drops the oldest of the flood', async (test) => {
    const sandbox = await quickSandbox(test, { env: { MAX_CALLS: String(MAX_CALLS) } });
    const twilioByHand = new ForgedTwilio(sandbox);
    const streams = await flood(twilioByHand, MOST_OF_ONE_ADDRESS);
    // As many sockets as would be full, were they counted among the streams of calls.
    expect(streams.length).toBeGreaterThan(2 * MAX_CALLS);
    expect(streams.map(({ isOpen }) => isOpen)).not.toContain(false);

    const caller = await sandbox.call();
    await caller.hears(SANDBOX_ENV.GREETING);
    // The caller's stream made room for itself; now that it has started, its place is free again.
    await streams[0]?.closed;
    const [another] = await flood(twilioByHand, 1);
    expect(another?.isOpen).toBe(true);
    expect(streams.slice(1).map(({ isOpen }) => isOpen)).not.toContain(false);

    await flood(twilioByHand, 1);
    await streams[1]?.closed;
    const metrics = await (await fetch(`${sandbox.relayUrl}/metrics`)).text();
    expect(metrics).toContain('patchcord_input_refused_total{kind="stream-no-start"} 2\n');
    expect(metrics).toContain(`patchcord_streams_unstarted ${MOST_OF_ONE_ADDRESS}\n`);
    await caller.says('Hello.');
    await caller.hears(/[a-z]/);
    caller.hangsUp();
    await caller.ended;
  });

  it('of bodies and headers that never come answers Twilio at once, and cuts the flood, not Twilio', async (test) => {
    const sandbox = await quickSandbox(test, { clock: systemClock });
    const twilioByHand = new ForgedTwilio(sandbox);
    const { port } = new URL(sandbox.relayUrl);
    const head = 'POST /voice HTTP/1.1\r\nHost: relay.sandbox\r\nContent-Length: 900\r\n';
    const form =
      'Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: forged\r\n\r\nCallSid=CA1';
    const strangers = await Promise.all(
      Array.from({ length: 400 }, async (_, n) => {
        const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        socket.write(n % 2 === 0 ? head + form : head);
        return { socket, closed: once(socket, 'close') };
      }),
    );
    await twilioByHand.announces('CAone');
    expect(strangers.filter(({ socket }) => !socket.destroyed).length).toBeGreaterThan(0);
    // As many as would be strangers, and from their address.
    await Promise.all(Array.from({ length: 200 }, (_, n) => twilioByHand.ends(`CA${n}`)));
    await Promise.all(strangers.map(({ closed }) => closed));
    expect(await twilioByHand.announces('CAafter')).not.toBe('');
    const metrics = await (await fetch(`${sandbox.relayUrl}/metrics`)).text();
    expect(metrics).toContain('patchcord_input_refused_total{kind="request-slow"} 400\n');
  }, 20_000);

  it('of requests to nowhere answers none of it back', async (test) => {
    const { relayUrl } = await quickSandbox(test);
    for (const path of ['/nothing/<b>here', '/voice', '/media-stream', '/%ff', '/voice?%ff']) {
      const answer = await fetch(relayUrl + path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(await answer.json()).toMatchObject({ error: { code: 'unauthorized' } });
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
