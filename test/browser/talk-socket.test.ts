import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { talkStage } from './a-talk.ts';

const FRAME = Buffer.alloc(160, 0xff);
const START = { type: 'start', mode: 'voice' };

describe('the start of a talk', () => {
  it.each([
    [{ mode: 'voice' }, { isTyped: false, hasSound: true }],
    [
      { mode: 'voice', sound: false },
      { isTyped: false, hasSound: true },
    ],
    [{ mode: 'text' }, { isTyped: true, hasSound: false }],
    [
      { mode: 'text', sound: true, profile: '+15550001111' },
      { isTyped: true, hasSound: true, profile: '+15550001111' },
    ],
  ])('%j', async (said, understood) => {
    const { starts, told } = await talkStage({ start: { type: 'start', ...said } });
    expect(starts).toEqual([{ type: 'start', ...understood }]);
    expect(told()).toEqual([{ type: 'started', callId: 'CB1' }]);
  });

  it.each([
    ['no mode', { type: 'start' }],
    ['a strange mode', { type: 'start', mode: 'video' }],
    ['a strange profile', { type: 'start', mode: 'voice', profile: { $: 1 } }],
  ])('counts a start with %s, and takes the next', async (_, start) => {
    const { send, starts, refused, until } = await talkStage({ start: null });
    send(start, START);
    await until(1);
    expect(refused).toEqual(['stream-malformed']);
    expect(starts).toHaveLength(1);
  });

  it('must come within 5 s', async () => {
    const { ours, clock, refused, closed } = await talkStage({ start: null });
    clock.step(4_999);
    expect(ours.readyState).toBe(WebSocket.OPEN);
    clock.step(1);
    expect(await closed).toBe(1008);
    expect(refused).toEqual(['stream-no-start']);
    expect(clock.waiting).toBe(0);
  });

  it.each([
    [{ is: 'refused', code: 'busy' }, [{ type: 'refused', code: 'busy' }], 1013],
    [{ is: 'refused', code: 'unknown_profile' }, [{ type: 'refused', code: 'unknown_profile' }], 1008],
    [{ is: 'ended', reason: 'agent-ended' }, [{ type: 'ended', reason: 'agent-ended' }], 1000],
    [{ is: 'elsewhere' }, [], 1012],
  ] as const)('[W3] tells the page why no call takes it: %j', async (answer, words, code) => {
    const { told, closed, events, clock } = await talkStage({ answer });
    expect(await closed).toBe(code);
    expect(told()).toEqual(words);
    expect(events).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('reports a bug in onStart and closes; nothing is thrown', async () => {
    const { closed, bugs, clock } = await talkStage({
      onStart: () => {
        throw new Error('a bug');
      },
    });
    expect(await closed).toBe(1011);
    expect(bugs).toEqual([new Error('a bug')]);
    expect(clock.waiting).toBe(0);
  });
});

describe('[W3] how the relay closes a line', () => {
  it('says why the call ended', async () => {
    const { line, end, told, closed } = await talkStage();
    end.reason = 'agent-ended';
    line().close();
    expect(await closed).toBe(1000);
    expect(told().at(-1)).toEqual({ type: 'ended', reason: 'agent-ended' });
  });

  it.each([
    ['the call was handed over', 'handed-over', false, 1012],
    ['the call goes on', null, false, 1012],
    ['another socket has the line', null, true, 4000],
  ] as const)('says nothing where %s', async (_, reason, isReplaced, code) => {
    const { line, end, told, closed } = await talkStage({ isReplaced });
    end.reason = reason;
    line().close();
    expect(await closed).toBe(code);
    expect(told()).toEqual([{ type: 'started', callId: 'CB1' }]);
  });

  it('says how a call ended on which the page hung up', async () => {
    const { send, told, closed } = await talkStage();
    send({ type: 'hang-up' });
    expect(await closed).toBe(1000);
    expect(told().at(-1)).toEqual({ type: 'ended', reason: 'caller-hung-up' });
  });
});

describe('[W4] what the page types', () => {
  it('is words, without control characters and halves of characters', async () => {
    const { send, untilEvents, events } = await talkStage({ start: { type: 'start', mode: 'text' } });
    send({ type: 'text', text: ' Two\n\u0000roses, \ud800please \u{1F339} ' });
    await untilEvents(1);
    expect(events).toEqual([{ type: 'typed', text: 'Two roses, \ufffdplease \u{1F339}' }]);
  });

  it.each([
    ['nothing', ''],
    ['only spaces', ' \n '],
    ['more than 2,000 characters', 'a'.repeat(2_001)],
    ['no text', 7],
  ])('is refused and the talk goes on: %s', async (_, text) => {
    const { send, untilEvents, events } = await talkStage();
    send({ type: 'text', text }, { type: 'digit', digit: '1' });
    await untilEvents(2);
    expect(events).toMatchObject([{ type: 'refused', kind: 'stream-malformed' }, { type: 'digit' }]);
  });
});

describe('[W5] a talk without sound', () => {
  it('is played by the clock: marks come when what came before them would have been heard', async () => {
    const { line, clock, events, received } = await talkStage({ start: { type: 'start', mode: 'text' } });
    const second = Buffer.alloc(8_000).toString('base64');
    line().play(second);
    line().mark('m1');
    line().play(second);
    line().mark('m2');
    clock.step(999);
    expect(events).toEqual([]);
    clock.step(1);
    expect(events).toEqual([{ type: 'mark-reached', name: 'm1' }]);
    clock.step(1_000);
    expect(events.slice(1)).toEqual([{ type: 'mark-reached', name: 'm2' }]);
    // After a pause, the next sound begins at once.
    clock.step(5_000);
    line().play(second);
    line().mark('m3');
    clock.step(1_000);
    expect(events.slice(2)).toEqual([{ type: 'mark-reached', name: 'm3' }]);
    expect(received).toHaveLength(1);
  });

  it('returns all marks once it is cleared, and plays what comes after at once', async () => {
    const { line, clock, events } = await talkStage({ start: { type: 'start', mode: 'text' } });
    const second = Buffer.alloc(8_000).toString('base64');
    line().play(second);
    line().mark('m1');
    line().mark('m2');
    line().clear();
    line().play(second);
    line().mark('m3');
    clock.step(0);
    expect(events).toMatchObject([{ name: 'm1' }, { name: 'm2' }]);
    clock.step(1_000);
    expect(events.slice(2)).toMatchObject([{ name: 'm3' }]);
  });

  it('returns no mark after the page is gone', async () => {
    const { line, far, clock, events, untilEvents } = await talkStage({
      start: { type: 'start', mode: 'text' },
    });
    line().play(Buffer.alloc(8_000).toString('base64'));
    line().mark('m1');
    far.terminate();
    await untilEvents(1);
    clock.step(60_000);
    expect(events).toEqual([{ type: 'closed', how: 'broken' }]);
    expect(clock.waiting).toBe(0);
  });
});

describe('[W6] bad input', () => {
  it.each([
    ['audio', FRAME],
    ['a text', { type: 'text', text: 'Hello.' }],
    ['a key', { type: 'digit', digit: '1' }],
    ['a hang-up', { type: 'hang-up' }],
  ])('ends a talk that sends %s before its start', async (_, message) => {
    const { send, closed, refused, starts } = await talkStage({ start: null });
    send(message, START);
    expect(await closed).toBe(1008);
    expect(refused).toEqual(['stream-before-start']);
    expect(starts).toEqual([]);
  });

  it.each([
    ['a second start', START, 'stream-second-start', 1008],
    ['more than a second of audio', Buffer.alloc(51 * 160, 0xff), 'stream-too-large', 1008],
    ['a frame over 64 KiB', Buffer.alloc(70_000), 'stream-too-large', 1009],
  ])('ends a talk that sends %s', async (_, message, kind, code) => {
    const { send, closed, untilEvents, events, clock } = await talkStage();
    send(message, FRAME);
    await untilEvents(2);
    expect(events).toMatchObject([
      { type: 'refused', kind },
      { type: 'closed', how: 'bad-input' },
    ]);
    expect(await closed).toBe(code);
    expect(clock.waiting).toBe(0);
  });

  it.each([
    ['audio that is no whole frames', Buffer.alloc(161), 'stream-malformed'],
    ['no audio at all', Buffer.alloc(0), 'stream-malformed'],
    ['a key that no phone has', { type: 'digit', digit: '12' }, 'stream-malformed'],
    ['a mark without a name', { type: 'mark' }, 'stream-malformed'],
    ['a mark that was not set', { type: 'mark', name: 'm7' }, 'stream-foreign'],
    ['null', 'null', 'stream-unknown-event'],
    ['a list', '[[]]', 'stream-unknown-event'],
  ])('counts %s once, and the talk goes on', async (_, message, kind) => {
    const { send, untilEvents, events } = await talkStage();
    send(message, message, FRAME);
    await untilEvents(2);
    expect(events).toMatchObject([{ type: 'refused', kind }, { type: 'audio' }]);
  });

  it('takes a mark back once', async () => {
    const { send, line, untilEvents, events } = await talkStage();
    line().mark('m1');
    const mark = { type: 'mark', name: 'm1' };
    send(mark, mark);
    await untilEvents(2);
    expect(events).toMatchObject([{ type: 'mark-reached' }, { type: 'refused', kind: 'stream-foreign' }]);
  });

  it('lets a stalled page catch up, and ends one that sends audio faster than anybody speaks', async () => {
    const { send, clock, untilEvents, events, closed } = await talkStage();
    const second = Buffer.alloc(8_000, 0xff);
    for (let seconds = 0; seconds < 10; seconds++) send(second);
    await untilEvents(10);
    clock.step(1_000);
    send(second, second);
    await untilEvents(13);
    expect(events.slice(10)).toMatchObject([
      { type: 'audio' },
      { type: 'refused', kind: 'stream-too-fast' },
      { type: 'closed', how: 'bad-input' },
    ]);
    expect(await closed).toBe(1008);
  });

  it('ends a talk that sends more messages than anybody types', async () => {
    const { send, untilEvents, events, closed } = await talkStage();
    for (let sent = 0; sent < 1_000; sent++) send({ type: 'text', text: 'Hello.' });
    expect(await closed).toBe(1008);
    await untilEvents(41);
    expect(events.filter(({ type }) => type === 'typed')).toHaveLength(39);
    expect(events.slice(-2)).toMatchObject([
      { type: 'refused', kind: 'stream-too-fast' },
      { type: 'closed' },
    ]);
  });

  it('takes any number of marks that it set', async () => {
    const { send, line, until, untilEvents, events } = await talkStage();
    for (let n = 0; n < 500; n++) line().mark(`m${n}`);
    await until(501);
    for (let n = 0; n < 500; n++) send({ type: 'mark', name: `m${n}` });
    await untilEvents(500);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['mark-reached']));
  });
});

it('a page that answers pings is kept', async () => {
  const { clock, ours, far } = await talkStage();
  for (let pings = 0; pings < 5; pings++) {
    clock.step(20_000);
    await once(ours, 'pong');
  }
  expect(far.readyState).toBe(WebSocket.OPEN);
});
