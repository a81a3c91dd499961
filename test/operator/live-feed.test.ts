import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { StoreError } from '../../src/call/call-store.ts';
import { feedEventSchema } from '../../src/operator/call-responses.ts';
import { NOON } from '../store/some-calls.ts';
import { Desk } from './a-desk.ts';
import { anOperator, TOKEN } from './an-operator.ts';

const STARTED = { type: 'call-started', from: '+15551234567', to: '+15550000001', sid: null } as const;
const ENDED = { type: 'call-ended', reason: 'caller-hung-up', durationMs: 5000 } as const;
const said = (transcript: string) => ({ type: 'caller-said', utteranceId: 'u1', transcript }) as const;
const TASK = { to: '+15551234567', task: { prompt: 'Ask.' }, result: { type: 'object' } };

describe('the feed of a call', () => {
  it('sends past and new events and ends with the call', async () => {
    const { watch, desk } = await anOperator();
    await desk.happens('CA1', { ...STARTED, at: NOON });
    const feed = await watch('/calls/CA1/events');
    expect(Object.fromEntries(feed.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const first = await feed.next();
    expect(first).toMatchObject({ event: 'call-started', id: expect.stringMatching(/^\d+$/) });
    expect(JSON.parse(first?.data ?? '')).toEqual({
      ...STARTED,
      callId: 'CA1',
      at: new Date(NOON).toISOString(),
    });
    expect(feedEventSchema.safeParse(JSON.parse(first?.data ?? '')).success).toBe(true);
    await desk.happens('CA1', said('Two\nlines.'));
    await desk.happens('CA2', { ...STARTED });
    await desk.happens('CA1', ENDED);
    const next = await feed.next();
    expect(JSON.parse(next?.data ?? '')).toMatchObject({ transcript: 'Two\nlines.' });
    expect(Number(next?.id)).toBeGreaterThan(Number(first?.id));
    expect((await feed.next())?.event).toBe('call-ended');
    expect(await feed.next()).toBeNull();
    expect(await feed.ended).toBe('ended');
    expect(desk.listeners).toBe(0);
  });

  it("continues after the reader's last event", async () => {
    const { watch, desk } = await anOperator();
    await desk.happens('CA1', STARTED, said('One.'), said('Two.'));
    const first = await watch('/calls/CA1/events');
    await first.next();
    const had = await first.next();
    first.leave();
    await vi.waitFor(() => expect(desk.listeners).toBe(0));
    const again = await watch('/calls/CA1/events', { 'last-event-id': had?.id ?? '' });
    expect(JSON.parse((await again.next())?.data ?? '')).toMatchObject({ transcript: 'Two.' });
  });

  it('sends many events in order', async () => {
    const { watch, desk } = await anOperator();
    await desk.happens('CA1', STARTED, ...Array.from({ length: 250 }, (_, n) => said(`${n}`)), ENDED);
    const feed = await watch('/calls/CA1/events');
    expect((await feed.types(252)).filter((type) => type === 'caller-said')).toHaveLength(250);
    expect(await feed.next()).toBeNull();
  });

  it('sends events of a call on another process', async () => {
    const { watch, desk, store } = await anOperator();
    const other = new Desk(store, 'another process');
    await other.happens('CA1', STARTED);
    const feed = await watch('/calls/CA1/events');
    await feed.next();
    await other.happens('CA1', said('Hello there.'));
    desk.news();
    expect(JSON.parse((await feed.next())?.data ?? '')).toMatchObject({ transcript: 'Hello there.' });
  });

  it('misses no event that happens while it reads', async () => {
    const { watch, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    const { eventsAfter, view } = { eventsAfter: desk.eventsAfter.bind(desk), view: desk.view.bind(desk) };
    const happening = [() => desk.happens('CA1', said('One.'))];
    desk.eventsAfter = async (...args) => {
      const read = await eventsAfter(...args);
      await happening.shift()?.();
      return read;
    };
    const feed = await watch('/calls/CA1/events');
    expect(await feed.types(2)).toEqual(['call-started', 'caller-said']);
    // Behind the last reading of events, and before that of the record.
    const ending = [() => desk.happens('CA1', said('Two.'), ENDED)];
    desk.view = async (callId) => {
      await ending.shift()?.();
      return view(callId);
    };
    await desk.happens('CA1', { ...ENDED, reason: 'handed-over' });
    expect(await feed.types(3)).toEqual(['call-ended', 'caller-said', 'call-ended']);
    expect(await feed.next()).toBeNull();
  });

  it('continues while a call changes its process', async () => {
    const { watch, desk } = await anOperator();
    await desk.happens('CA1', STARTED, { ...ENDED, reason: 'handed-over' });
    const feed = await watch('/calls/CA1/events');
    await desk.happens('CA1', { type: 'call-taken-up', wasLost: false }, said('Still here.'));
    expect(await feed.types(4)).toEqual(['call-started', 'call-ended', 'call-taken-up', 'caller-said']);
  });

  it('waits for the result of an outbound call', async () => {
    const { watch, desk, post } = await anOperator();
    await post('/calls', TASK);
    const feed = await watch('/calls/out-1/events');
    await desk.happens('out-1', { ...ENDED, reason: 'agent-ended' });
    expect(await feed.types(2)).toEqual(['call-queued', 'call-ended']);
    await desk.settles('out-1', { is: 'failed', problems: [] });
    expect(await feed.types(1)).toEqual(['call-settled']);
    expect(await feed.next()).toBeNull();
  });

  it('sends a last event that comes after the record is settled, and does not wait for one that never comes', async () => {
    const { watch, desk, post, clock } = await anOperator();
    await post('/calls', TASK);
    await desk.happens('out-1', { ...ENDED, reason: 'agent-ended' });
    await desk.settles('out-1', null, false);
    const feed = await watch('/calls/out-1/events');
    expect(await feed.types(2)).toEqual(['call-queued', 'call-ended']);
    // The heartbeat, and the last look.
    await vi.waitFor(() => expect(clock.waiting).toBe(2));
    clock.step(1000);
    expect(await feed.ended).toBe('ended');
    expect(clock.waiting).toBe(0);
  });

  it('answers 204 to a reader that has every event', async () => {
    const { watch, ask, desk } = await anOperator();
    await desk.happens('CA1', STARTED, ENDED);
    const feed = await watch('/calls/CA1/events');
    await feed.next();
    const last = await feed.next();
    const again = await ask('/calls/CA1/events', { headers: { 'last-event-id': last?.id ?? '' } });
    expect([again.status, again.text]).toEqual([204, '']);
  });

  it('ends when the call is erased', async () => {
    const { watch, desk, post } = await anOperator();
    await post('/calls', TASK);
    await desk.happens('out-1', { ...ENDED, reason: 'no-answer' });
    const feed = await watch('/calls/out-1/events');
    await feed.types(2);
    await desk.erase('out-1');
    expect(await feed.ended).toBe('ended');
  });

  it('answers 404 for an unknown call', async () => {
    const { ask } = await anOperator();
    expect((await ask('/calls/CA404/events')).status).toBe(404);
  });

  it('answers HEAD with headers only', async () => {
    const { ask, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    const answer = await ask('/calls/CA1/events', { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });
});

describe('the feed of all calls', () => {
  it('begins with new events', async () => {
    const { watch, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    const feed = await watch('/events');
    await desk.happens('CA2', STARTED);
    await desk.happens('CA1', ENDED);
    const events = [await feed.next(), await feed.next()].map(
      (event) => JSON.parse(event?.data ?? '') as unknown,
    );
    expect(events).toMatchObject([
      { callId: 'CA2', type: 'call-started' },
      { callId: 'CA1', type: 'call-ended' },
    ]);
  });

  it('sends its position first, so that a reader cut off before the first event misses nothing', async () => {
    const { url, watch, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    const leaving = new AbortController();
    const { body } = await fetch(`${url}/events`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: leaving.signal,
    });
    const opening = await body?.pipeThrough(new TextDecoderStream()).getReader().read();
    leaving.abort();
    const [, id = ''] = /^retry: 2000\nid: (\d+)\n\n$/.exec(opening?.value ?? '') ?? [];
    await desk.happens('CA1', said('Hello?'));
    const feed = await watch('/events', { 'last-event-id': id });
    expect((await feed.next())?.event).toBe('caller-said');
  });

  it('continues after an event', async () => {
    const { watch, desk } = await anOperator();
    await desk.happens('CA1', STARTED, ENDED);
    const feed = await watch('/events', { 'last-event-id': '0' });
    expect(await feed.types(2)).toEqual(['call-started', 'call-ended']);
  });

  it.each(['-1', 'x', '1'.repeat(16)])('refuses to continue after %s', async (id) => {
    const { ask } = await anOperator();
    const answer = await ask('/events', { headers: { 'last-event-id': id } });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ error: { field: 'Last-Event-ID' } });
  });

  it('sends a comment every 15 s', async () => {
    const { watch, clock } = await anOperator();
    const feed = await watch('/events');
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    clock.step(14_999);
    clock.step(1);
    await vi.waitFor(() => expect(feed.comments).toHaveLength(1));
    clock.step(15_000);
    await vi.waitFor(() => expect(feed.comments).toHaveLength(2));
  });

  it('breaks off when the store is away, which is no bug', async () => {
    const { watch, desk, bugs } = await anOperator();
    const feed = await watch('/events');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    desk.failure = new StoreError('ECONNREFUSED');
    desk.news();
    expect(await feed.ended).toBe('broken');
    expect(bugs).toEqual([]);
    expect(desk.listeners).toBe(0);
  });

  it('breaks off at a bug, which is reported', async () => {
    const { watch, desk, bugs } = await anOperator();
    const feed = await watch('/events');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    desk.failure = new TypeError('of undefined');
    desk.news();
    expect(await feed.ended).toBe('broken');
    expect(bugs).toEqual([desk.failure]);
  });

  it('ends when the process closes', async () => {
    const { watch, closing, desk, clock } = await anOperator();
    const feed = await watch('/events');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    closing.abort();
    expect(await feed.ended).toBe('ended');
    expect([desk.listeners, clock.waiting]).toEqual([0, 0]);
    const late = await watch('/events');
    expect(await late.ended).toBe('ended');
  });

  it('serves 50 readers, and another when one leaves', async () => {
    const { watch, ask, desk } = await anOperator();
    const feeds = await Promise.all(Array.from({ length: 50 }, () => watch('/events')));
    const refused = await ask('/events');
    expect(refused.status).toBe(503);
    expect(refused.json).toMatchObject({ error: { code: 'too_many_watchers' } });
    expect(refused.headers.get('retry-after')).toBe('10');
    feeds[0]?.leave();
    await vi.waitFor(() => expect(desk.listeners).toBe(49));
    expect((await watch('/events')).status).toBe(200);
  });

  it('keeps events in the store for a slow reader, and cuts it off after 30 s', async () => {
    const { port, desk, clock, bugs } = await anOperator();
    const long = 'x'.repeat(60_000);
    // More than the sockets' buffers hold.
    for (let n = 0; n < 4; n++) await desk.happens('CA1', ...Array.from({ length: 100 }, () => said(long)));
    let reads = 0;
    const read = desk.eventsAfter.bind(desk);
    desk.eventsAfter = (...args) => {
      reads++;
      return read(...args);
    };
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write(
      `GET /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nLast-Event-ID: 0\r\n\r\n`,
    );
    // Never read from: the heartbeat, and the patience with this reader.
    await vi.waitFor(() => expect(clock.waiting).toBe(2));
    expect(reads).toBeLessThan(4);
    clock.step(29_999);
    expect(desk.listeners).toBe(1);
    clock.step(1);
    await vi.waitFor(() => expect(desk.listeners).toBe(0));
    expect(clock.waiting).toBe(0);
    socket.resume();
    await closed;
    expect(bugs).toEqual([]);
  });
});
