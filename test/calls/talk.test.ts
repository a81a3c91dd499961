// Whole calls from a browser, through real sockets: a page by hand, the relay, and the sandbox's OpenAI and agent.
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { CallEvent } from '../../src/call/call.ts';
import type { Relay } from '../../src/relay/relay.ts';
import type { Heard, MindReply } from '../../sandbox/openai/mind.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { coughOf } from '../../sandbox/tones.ts';
import { handshake, makeSession, Page } from '../support/page.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';
import { twoRelays } from '../support/two-relays.ts';

const GREETING = 'Hello, this is Bloom and Stem. How can I help you?';
const BEARER = { authorization: 'Bearer operator-token' };
const TEXT = { type: 'start', mode: 'text' };
const VOICE = { type: 'start', mode: 'voice' };

/** An agent that says this first, and then that it can help. */
function agentThatSays(first: string): SandboxOptions {
  let isFirst = true;
  const answer = ({ history }: Heard): MindReply => {
    // The conversation is opened with a note.
    if (history.length === 0) return { text: 'ok' };
    const text = isFirst ? first : 'Tom is not there. Can I help?';
    isFirst = false;
    return { text };
  };
  return {
    env: { AGENT_WORKFLOW_ID: 'agent_brief', TRANSFER_NUMBER: '+15550003333' },
    openAi: { agents: { agent_brief: answer } },
  };
}

/** A page whose talk has begun; its session begins with the greeting, heard to its end. */
async function talking(sandbox: Sandbox, start: object = VOICE) {
  const session = await makeSession(sandbox.relayUrl);
  const page = await Page.open(sandbox.relayUrl, session);
  page.send(start);
  await page.until('started');
  await sandbox.happened('greeting-heard');
  return { session, page };
}

async function getJson(sandbox: Sandbox, path: string, method = 'GET') {
  const answer = await fetch(sandbox.relayUrl + path, { method, headers: BEARER });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

/** Resolves with the `n`th event of a type. */
function nth<T extends CallEvent['type']>(sandbox: Sandbox, type: T, n: number) {
  return vi.waitFor(() => {
    const found = sandbox.events.filter((event) => event.type === type)[n - 1];
    if (found === undefined) throw new Error(`not yet ${n} × ${type}`);
    return found as Extract<CallEvent, { type: T }>;
  }, 10_000);
}

describe('[W2] a talk is a call', () => {
  it('the agent hears, answers and is heard; the record says what carried it', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page, session } = await talking(sandbox);
    page.say('My name is Ann.');
    await nth(sandbox, 'turn-finished', 1);
    page.send({ type: 'hang-up' });
    expect(await page.until('ended')).toEqual({ type: 'ended', reason: 'caller-hung-up' });
    expect(await page.closed).toBe(1000);
    expect(page.heard).toBe(`${GREETING} Nice to meet you, Ann. What can I do for you? `);
    await sandbox.happened('call-ended');
    const { json } = await vi.waitFor(async () => {
      const found = await getJson(sandbox, `/calls/${session.callId}`);
      expect(found.json).toMatchObject({ stage: 'ended' });
      return found;
    });
    expect(json).toMatchObject({
      id: session.callId,
      via: 'browser',
      direction: 'inbound',
      sid: null,
      from: 'browser',
      profile: 'default',
      endReason: 'caller-hung-up',
      transcript: [
        { who: 'relay', said: GREETING },
        { who: 'caller', said: 'My name is Ann.' },
        { who: 'agent', said: 'Nice to meet you, Ann. What can I do for you?', outcome: 'done' },
      ],
    });
  });

  it('a caller who speaks over a reply interrupts it, and a cough does not', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page } = await talking(sandbox);
    page.returnsMarks = false;
    page.say('When are you open?');
    await nth(sandbox, 'reply-began', 1);
    // Some words are heard; a reply of which none were would be joined to the next.
    await vi.waitFor(() => expect(page.held.length).toBeGreaterThan(0), 10_000);
    page.send({ type: 'mark', name: page.held.shift() });
    await nth(sandbox, 'reply-heard', 1);
    const cough = coughOf(160);
    for (let at = 0; at < cough.length; at += 160) page.send(cough.subarray(at, at + 160));
    page.send(Buffer.alloc(8_000, 0xff));
    await sandbox.happened('reply-resumed');
    page.say('Stop. What do roses cost?');
    expect(await nth(sandbox, 'turn-finished', 1)).toMatchObject({ outcome: 'interrupted' });
    page.returnsMarks = true;
    expect(await nth(sandbox, 'turn-finished', 2)).toMatchObject({ outcome: 'done' });
  });

  it('the agent ends it, and the page learns why', async (test) => {
    const sandbox = await quickSandbox(test, agentThatSays('Goodbye, Ann! [[end]]'));
    const { page } = await talking(sandbox, TEXT);
    page.send({ type: 'text', text: 'That is all.' });
    expect(await page.until('ended')).toEqual({ type: 'ended', reason: 'agent-ended' });
  });

  it('a transfer fails, and the agent goes on with the same session', async (test) => {
    const sandbox = await quickSandbox(test, agentThatSays('One moment. [[transfer]]'));
    const { page, session } = await talking(sandbox, TEXT);
    page.send({ type: 'text', text: 'A human, please.' });
    expect(await page.closed).toBe(1012);
    const again = await Page.open(sandbox.relayUrl, session);
    again.send(TEXT);
    await again.until('started');
    expect(await sandbox.happened('transfer-failed')).toMatchObject({ why: 'failed' });
    expect(await nth(sandbox, 'turn-finished', 2)).toMatchObject({ said: 'Tom is not there. Can I help?' });
    again.send({ type: 'hang-up' });
    await again.closed;
  });

  it('keys are a note to the agent, as on a telephone', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page } = await talking(sandbox, TEXT);
    for (const digit of '471#') page.send({ type: 'digit', digit });
    expect(await sandbox.happened('digits-pressed')).toMatchObject({ digits: '471#' });
  });

  it('[R5] takes no place of a telephone, and telephones take none of a talk', async (test) => {
    const sandbox = await quickSandbox(test, { env: { MAX_CALLS: '1' } });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    const pages: Page[] = [];
    for (let n = 0; n < 5; n++) {
      const page = await Page.open(sandbox.relayUrl, await makeSession(sandbox.relayUrl));
      page.send(TEXT);
      await page.until('started');
      pages.push(page);
    }
    expect((await getJson(sandbox, '/sessions', 'POST')).status).toBe(503);
    expect((await getJson(sandbox, '/ws/status')).json).toMatchObject({ live: 5, most: 5 });
    caller.hangsUp();
    await nth(sandbox, 'call-ended', 1);
    const next = await sandbox.call();
    await next.hears('How can I help you?');
    next.hangsUp();
    for (const page of pages) page.send({ type: 'hang-up' });
    await nth(sandbox, 'call-ended', 7);
    expect((await getJson(sandbox, '/sessions', 'POST')).status).toBe(201);
  });

  it('a session that was made while there was room is refused once there is none', async (test) => {
    const sandbox = await quickSandbox(test);
    const sessions = await Promise.all(Array.from({ length: 6 }, () => makeSession(sandbox.relayUrl)));
    const pages = await Promise.all(sessions.map((session) => Page.open(sandbox.relayUrl, session)));
    for (const page of pages) page.send(TEXT);
    const sixth = pages.at(-1);
    expect(await sixth?.until('refused')).toEqual({ type: 'refused', code: 'busy' });
    expect(await sixth?.closed).toBe(1013);
    expect(sandbox.relay.calls.talks).toHaveLength(5);
  });

  it('an unknown profile is refused, and the session can be used all the same', async (test) => {
    const sandbox = await quickSandbox(test);
    const session = await makeSession(sandbox.relayUrl);
    const page = await Page.open(sandbox.relayUrl, session);
    page.send({ ...TEXT, profile: 'nobody' });
    expect(await page.until('refused')).toEqual({ type: 'refused', code: 'unknown_profile' });
    const again = await Page.open(sandbox.relayUrl, session);
    again.send({ ...TEXT, profile: 'default' });
    await again.until('started');
  });
});

describe('[W4] a typed line', () => {
  it('over a reply interrupts it, and the agent learns how much was heard', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page } = await talking(sandbox, TEXT);
    page.send({ type: 'text', text: 'When are you open?' });
    await nth(sandbox, 'reply-heard', 1);
    page.send({ type: 'text', text: 'Stop. What do roses cost?' });
    const cut = await nth(sandbox, 'turn-finished', 1);
    expect(cut).toMatchObject({ outcome: 'interrupted' });
    expect(cut.said.startsWith(cut.heard)).toBe(true);
    expect(cut.heard.length).toBeLessThan(cut.said.length);
    expect(await nth(sandbox, 'turn-finished', 2)).toMatchObject({ outcome: 'done' });
    expect(await sandbox.happened('caller-said')).toMatchObject({ silentMs: 0 });
    const types = sandbox.events.map(({ type }) => type);
    expect(types.indexOf('reply-held')).toBeGreaterThan(types.indexOf('reply-heard'));
    // W5: nothing is sent to a page without sound.
    expect(page.audioBytes).toBe(0);
  });

  it('is an answer in a spoken talk, too', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page } = await talking(sandbox);
    page.send({ type: 'text', text: 'My name is Ann.' });
    await nth(sandbox, 'turn-finished', 1);
    page.say('What is my name?');
    expect(await nth(sandbox, 'turn-finished', 2)).toMatchObject({ said: 'Your name is Ann.' });
  });
});

describe('[W3] a line that breaks', () => {
  it('comes back with the same session, and the caller hears the rest', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page, session } = await talking(sandbox);
    page.returnsMarks = false;
    page.say('When are you open?');
    await nth(sandbox, 'reply-began', 1);
    page.socket.terminate();
    await sandbox.happened('line-lost');
    const again = await Page.open(sandbox.relayUrl, session);
    again.send(VOICE);
    await again.until('started');
    await nth(sandbox, 'line-connected', 2);
    expect(await nth(sandbox, 'turn-finished', 1)).toMatchObject({ outcome: 'done' });
    again.send({ type: 'hang-up' });
    await again.closed;
  });

  it('ends the call if it does not come back, and a page that comes too late learns so', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page, session } = await talking(sandbox, TEXT);
    page.socket.terminate();
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'line-lost' });
    const again = await Page.open(sandbox.relayUrl, session);
    again.send(TEXT);
    expect(await again.until('ended')).toEqual({ type: 'ended', reason: 'line-lost' });
    expect(await again.closed).toBe(1000);
  });

  it('the latest socket of a session has the line, and the former does not come back', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page, session } = await talking(sandbox, TEXT);
    const second = await Page.open(sandbox.relayUrl, session);
    second.send(TEXT);
    await second.until('started');
    expect(await page.closed).toBe(4000);
    second.send({ type: 'text', text: 'My name is Ann.' });
    await nth(sandbox, 'turn-finished', 1);
    expect(sandbox.events.filter(({ type }) => type === 'call-ended')).toEqual([]);
  });

  it('[R2] another process continues the call that the first hands over', async (test) => {
    const { sandbox, first, firstUrl } = await twoRelays(test);
    const { page, session, heard } = await talkingTo(first, firstUrl, test);
    page.send({ type: 'text', text: 'My name is Ann.' });
    await heard('turn-finished');
    void first.drain();
    expect(await page.closed).toBe(1012);
    expect(await handshake(firstUrl.replace(/^http/, 'ws') + session.socket)).toBe(503);
    const again = await Page.open(sandbox.relayUrl, session);
    again.send(TEXT);
    await again.until('started');
    expect(await sandbox.happened('call-taken-up')).toMatchObject({ wasLost: false });
    again.send({ type: 'text', text: 'What is my name?' });
    expect(await nth(sandbox, 'turn-finished', 1)).toMatchObject({ said: 'Your name is Ann.' });
    again.send({ type: 'hang-up' });
    await again.closed;
  });

  it('[R3] another process that still believes in the first one gets the call by its session', async (test) => {
    const { sandbox, first, firstUrl } = await twoRelays(test);
    const { page, session, heard } = await talkingTo(first, firstUrl, test);
    page.send({ type: 'text', text: 'My name is Ann.' });
    await heard('turn-finished');
    page.socket.terminate();
    await heard('line-lost');
    const again = await Page.open(sandbox.relayUrl, session);
    again.send(TEXT);
    await again.until('started');
    again.send({ type: 'text', text: 'What is my name?' });
    await vi.waitFor(
      () => expect(sandbox.events).toContainEqual(expect.objectContaining({ said: 'Your name is Ann.' })),
      10_000,
    );
  });
});

describe('[W7] what an operator sees and ends', () => {
  it('how many talks there are and since when, and each can be ended by its session or its call', async (test) => {
    const sandbox = await quickSandbox(test);
    expect((await getJson(sandbox, '/ws/status')).json).toEqual({
      live: 0,
      most: 5,
      isPlayed: true,
      talks: [],
    });
    const { page, session } = await talking(sandbox, TEXT);
    expect((await getJson(sandbox, '/ws/status')).json).toMatchObject({
      live: 1,
      talks: [{ callId: session.callId, profile: 'default', mode: 'text', isConnected: true }],
    });
    page.socket.terminate();
    await sandbox.happened('line-lost');
    expect((await getJson(sandbox, '/ws/status')).json).toMatchObject({ talks: [{ isConnected: false }] });
    const again = await Page.open(sandbox.relayUrl, session);
    again.send(TEXT);
    await again.until('started');
    expect((await getJson(sandbox, `/ws/disconnect/${session.id}`, 'POST')).status).toBe(202);
    expect(await again.until('ended')).toEqual({ type: 'ended', reason: 'operator-ended' });
    await vi.waitFor(async () =>
      expect((await getJson(sandbox, `/ws/disconnect/${session.callId}`, 'POST')).status).toBe(409),
    );
    expect((await getJson(sandbox, '/ws/disconnect/guessed', 'POST')).status).toBe(404);
  });
});

describe('[W6] whatever a page does, at any moment', () => {
  it('garbage ends its own call and no other', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page } = await talking(sandbox, TEXT);
    const other = await Page.open(sandbox.relayUrl, await makeSession(sandbox.relayUrl));
    other.send(TEXT);
    await other.until('started');
    page.send('{');
    expect(await page.closed).toBe(1008);
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'bad-input' });
    other.send({ type: 'text', text: 'My name is Ann.' });
    await nth(sandbox, 'turn-finished', 1);
  });

  it('a session that has ended begins no other call', async (test) => {
    const sandbox = await quickSandbox(test);
    const { page, session } = await talking(sandbox, TEXT);
    page.send({ type: 'hang-up' });
    await page.closed;
    await sandbox.happened('call-ended');
    for (let n = 0; n < 3; n++) {
      const again = await Page.open(sandbox.relayUrl, session);
      again.send(TEXT);
      expect(await again.until('ended')).toEqual({ type: 'ended', reason: 'caller-hung-up' });
    }
    expect(sandbox.events.filter(({ type }) => type === 'call-started')).toHaveLength(1);
  });

  it('a page that vanishes before its start, with it, or right after leaves nothing behind', async (test) => {
    const sandbox = await quickSandbox(test);
    for (const moment of ['before', 'with', 'after'] as const) {
      const page = await Page.open(sandbox.relayUrl, await makeSession(sandbox.relayUrl));
      if (moment !== 'before') page.send(VOICE);
      if (moment === 'after') await page.until('started');
      page.socket.terminate();
      await page.closed;
    }
    await nth(sandbox, 'call-ended', 2);
    expect(sandbox.relay.calls.count).toBe(0);
  });

  it('a thousand sockets, one after another, cost no place', async (test) => {
    const sandbox = await quickSandbox(test);
    const session = await makeSession(sandbox.relayUrl);
    for (let n = 0; n < 1_000; n++) {
      const page = new Page(sandbox.relayUrl.replace(/^http/, 'ws') + session.socket);
      page.socket.on('open', () => page.socket.close());
      expect(await page.closed).toBeGreaterThan(999);
    }
    const { page } = await talking(sandbox, TEXT);
    page.send({ type: 'text', text: 'My name is Ann.' });
    await nth(sandbox, 'turn-finished', 1);
  });
});

/** A typed talk with a relay of its own. */
async function talkingTo(relay: Relay, url: string, { onTestFinished }: TestContext) {
  const events: CallEvent[] = [];
  onTestFinished(relay.subscribe((event) => events.push(event)));
  const session = await makeSession(url);
  const page = await Page.open(url, session);
  page.send(TEXT);
  const heard = (type: CallEvent['type']): Promise<void> =>
    vi.waitFor(() => expect(events.map((event) => event.type)).toContain(type), 10_000);
  await heard('greeting-heard');
  return { session, page, heard };
}
