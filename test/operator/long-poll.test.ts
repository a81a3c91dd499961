import { describe, expect, it, vi } from 'vitest';
import { Desk } from './a-desk.ts';
import { type Answer, anOperator, TOKEN } from './an-operator.ts';

const STARTED = { type: 'call-started', from: '+15551234567', to: '+15550000001', sid: null } as const;
const ENDED = { type: 'call-ended', reason: 'caller-hung-up', durationMs: 5000 } as const;
const SAID = { type: 'caller-said', utteranceId: 'u1', transcript: 'Hello?' } as const;
const TASK = { to: '+15551234567', task: { prompt: 'Ask.' }, result: { type: 'object' } };

function positionIn({ json }: Answer): number {
  if (typeof json !== 'object' || json === null || !('position' in json)) return NaN;
  return Number(json.position);
}

describe('GET /calls/:id?wait', () => {
  it('answers when something happens in the call', async () => {
    const { ask, desk, clock } = await anOperator();
    await desk.happens('CA1', STARTED);
    const answer = ask('/calls/CA1?wait=30');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    await desk.happens('CA1', SAID);
    expect((await answer).json).toMatchObject({ transcript: [{ who: 'caller', said: 'Hello?' }] });
    expect([desk.listeners, clock.waiting]).toEqual([0, 0]);
  });

  it('answers when something happens on another process', async () => {
    const { ask, desk, store } = await anOperator();
    const other = new Desk(store, 'another process');
    await other.happens('CA1', STARTED);
    const before = await desk.view('CA1');
    const answer = ask(`/calls/CA1?wait=30&since=${before?.position}`);
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    await other.happens('CA1', SAID);
    desk.news();
    expect((await answer).json).toMatchObject({ transcript: [{ said: 'Hello?' }] });
  });

  it('ignores other calls and answers when the time is up', async () => {
    const { ask, desk, clock } = await anOperator();
    await desk.happens('CA1', STARTED);
    const views = vi.spyOn(desk, 'view');
    let isAnswered = false;
    const answer = ask('/calls/CA1?wait=30').finally(() => (isAnswered = true));
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    const reads = vi.spyOn(desk, 'eventsAfter');
    await desk.happens('CA2', STARTED);
    await vi.waitFor(() => expect(reads).toHaveBeenCalled());
    clock.step(29_999);
    expect(isAnswered).toBe(false);
    clock.step(1);
    const { status, json } = await answer;
    expect([status, json]).toMatchObject([200, { id: 'CA1', stage: 'in-progress', transcript: [] }]);
    // A whole transcript is not read for the news of other calls.
    expect(views).toHaveBeenCalledTimes(1);
  });

  it("answers at once if the client's position is old", async () => {
    const { ask, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    const known = positionIn(await ask('/calls/CA1'));
    await desk.happens('CA1', SAID);
    const answer = await ask(`/calls/CA1?wait=30&since=${known}`);
    expect(answer.json).toMatchObject({ transcript: [{ said: 'Hello?' }] });
    expect(positionIn(answer)).toBeGreaterThan(known);
  });

  it('answers when the call ends, and at once after that', async () => {
    const { ask, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    const answer = ask('/calls/CA1?wait=30');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    await desk.happens('CA1', ENDED);
    expect((await answer).json).toMatchObject({ stage: 'ended', isSettled: true });
    expect((await ask(`/calls/CA1?wait=30&since=${positionIn(await answer)}`)).status).toBe(200);
  });

  it('waits for the result of an outbound call, which need not be an event', async () => {
    const { ask, desk, post } = await anOperator();
    await post('/calls', TASK);
    await desk.happens('out-1', { ...ENDED, reason: 'no-answer' });
    const answer = ask('/calls/out-1?wait=30');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    await desk.settles('out-1', { is: 'not-reached', why: 'no-answer' }, false);
    expect((await answer).json).toMatchObject({ isSettled: true, result: { status: 'not-reached' } });
  });

  it('answers 404 when the call is erased meanwhile', async () => {
    const { ask, desk, post } = await anOperator();
    await post('/calls', TASK);
    await desk.happens('out-1', { ...ENDED, reason: 'no-answer' });
    const answer = ask('/calls/out-1?wait=30');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    await desk.erase('out-1');
    expect((await answer).status).toBe(404);
  });

  it('answers 404 for an unknown call, without waiting', async () => {
    const { ask } = await anOperator();
    expect((await ask('/calls/CA404?wait=30')).status).toBe(404);
  });

  it('answers with the current view when the process closes', async () => {
    const { ask, desk, closing } = await anOperator();
    await desk.happens('CA1', STARTED);
    const answer = ask('/calls/CA1?wait=30');
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    closing.abort();
    expect((await answer).json).toMatchObject({ id: 'CA1' });
  });

  it('forgets clients that have left', async () => {
    const { url, desk, clock } = await anOperator();
    await desk.happens('CA1', STARTED);
    const leaving = new AbortController();
    const answer = fetch(`${url}/calls/CA1?wait=30`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: leaving.signal,
    });
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await vi.waitFor(() => expect([desk.listeners, clock.waiting]).toEqual([0, 0]));
  });

  it('serves 100 clients', async () => {
    const { ask, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    const waiting = Array.from({ length: 100 }, () => ask('/calls/CA1?wait=30'));
    await vi.waitFor(() => expect(desk.listeners).toBe(100));
    const refused = await ask('/calls/CA1?wait=30');
    expect([refused.status, refused.json]).toMatchObject([503, { error: { code: 'too_many_watchers' } }]);
    expect((await ask('/calls/CA1')).status).toBe(200);
    await desk.happens('CA1', SAID);
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(desk.listeners).toBe(0);
  });

  it.each(['wait=61', 'wait=-1', 'wait=soon', 'since=-1', 'wait=1&until=2'])('refuses ?%s', async (query) => {
    const { ask } = await anOperator();
    expect((await ask(`/calls/CA1?${query}`)).status).toBe(422);
  });
});
