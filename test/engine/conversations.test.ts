import { expect, test, vi } from 'vitest';
import { conversationAnswer, turnAnswer } from '../../src/engine/engine-schemas.ts';
import { readWave } from '../../src/call/wav.ts';
import type { Heard, MindReply } from '../../sandbox/openai/mind.ts';
import { coughOf, soundOf, ToneListener } from '../../sandbox/tones.ts';
import { SteppedClock } from '../support/clock.ts';
import { PaperAgent } from '../support/doubles.ts';
import {
  type Asking,
  EngineServer,
  eventually,
  type EngineServerOptions,
  GREETING,
  right,
  wrong,
} from './engine-server.ts';
import { waveFile } from './wave-files.ts';

const HOURS =
  'We are open from 9 to 6, Monday to Saturday. On Sundays we are closed, but you can order online.';
const TRANSFERS = { usual: '+15550100', allowed: ['+15550100'] };

function wordsIn(base64: string | undefined, format = 'mulaw'): string {
  const wave = readWave(Buffer.from(base64 ?? '', 'base64'));
  if (typeof wave === 'string') throw new Error(wave);
  expect(wave.format).toBe(format);
  const listener = new ToneListener();
  listener.hear(wave.data);
  listener.pause();
  return listener.text.trim();
}

function said(words: string): Buffer<ArrayBuffer> {
  return waveFile({ codec: 7, data: soundOf(words) });
}

/** An engine whose agent says one reply after the other, and what that agent heard. */
async function scripted(replies: MindReply[], options: EngineServerOptions = {}) {
  const heard: Heard[] = [];
  const agent_scripted = (one: Heard): MindReply => {
    heard.push(one);
    return replies.shift() ?? { text: 'Yes.' };
  };
  const engine = await EngineServer.start({
    ...options,
    agentId: 'model:scripted',
    openAi: { ...options.openAi, models: { scripted: agent_scripted } },
  });
  return { engine, heard };
}

async function begun(engine: EngineServer, body: object = {}): Promise<string> {
  const { id } = await right(engine.post('/conversations', body), conversationAnswer);
  return `/conversations/${id}`;
}

/** All that the agent was told with its last message, and before. */
function told(heard: readonly Heard[]): string {
  const { history, text } = heard.at(-1) ?? { history: [], text: '' };
  return [...history.map((one) => one.text), text].join('\n');
}

test('a conversation is greeted, answered in turns, and closed', async () => {
  const engine = await EngineServer.start();
  const begun = await engine.post('/conversations', {});
  expect(begun.status).toBe(201);
  const { id, ...opening } = await right(begun.clone(), conversationAnswer);
  expect(begun.headers.get('location')).toBe(`/conversations/${id}`);
  expect(opening).toEqual({ profile: 'default', idleAfterS: 600, text: GREETING, commands: [] });
  const turn = (text: string) => right(engine.post(`/conversations/${id}/turns`, { text }), turnAnswer);
  expect(await turn('When are you open?')).toEqual({ text: HOURS, commands: [] });
  expect((await turn('My name is Ann.')).text).toBe('Nice to meet you, Ann. What can I do for you?');
  expect((await turn('What is my name?')).text).toBe('Your name is Ann.');
  expect((await engine.fetch(`/conversations/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect(await wrong(engine.fetch(`/conversations/${id}`, { method: 'DELETE' }))).toBe(
    '404 unknown_conversation',
  );
  expect(await wrong(engine.post(`/conversations/${id}/turns`, { text: 'Hi' }))).toBe(
    '404 unknown_conversation',
  );
});

test('[T1] conversations share nothing', async () => {
  const engine = await EngineServer.start();
  const [ann, bob] = [await begun(engine), await begun(engine)];
  await engine.post(`${ann}/turns`, { text: 'My name is Ann.' });
  const { text } = await right(engine.post(`${bob}/turns`, { text: 'What is my name?' }), turnAnswer);
  expect(text).toBe('You have not told me your name yet.');
});

test('audio in, audio out: the transcript, the reply, and its audio', async () => {
  const engine = await EngineServer.start();
  const path = await begun(engine);
  const answer = await engine.postSound(`${path}/turns?audio=true`, said('When are you open?'));
  expect(answer.headers.get('x-spoken-verbatim')).toBe('yes');
  const { audio, ...turn } = await right(answer, turnAnswer);
  expect(turn).toEqual({ heard: 'When are you open?', text: HOURS, commands: [] });
  expect(wordsIn(audio)).toBe(HOURS);
});

test('audio in only, or out only', async () => {
  const engine = await EngineServer.start();
  const path = await begun(engine);
  const spoken = await engine.postSound(
    `${path}/turns`,
    Buffer.from(soundOf('Where are you?')),
    'audio/basic',
  );
  const { heard, audio } = await right(spoken, turnAnswer);
  expect([heard, audio]).toEqual(['Where are you?', undefined]);
  const written = { text: 'Thanks!', audio: true, format: 'pcm16' };
  const turn = await right(engine.post(`${path}/turns`, written), turnAnswer);
  expect(turn.heard).toBeUndefined();
  const wave = readWave(Buffer.from(turn.audio ?? '', 'base64'));
  expect(wave).toMatchObject({ format: 'pcm16', rateHz: 8_000 });
  const itsOwn = Buffer.from(turn.audio ?? '', 'base64');
  const next = await right(engine.postSound(`${path}/turns`, itsOwn), turnAnswer);
  expect(next.heard).toBe('You are welcome. Have a lovely day!');
});

test('the greeting is spoken if requested', async () => {
  const engine = await EngineServer.start();
  const begun = await engine.post('/conversations', { audio: true });
  expect(begun.headers.get('x-spoken-verbatim')).toBe('yes');
  expect(wordsIn((await right(begun, conversationAnswer)).audio)).toBe(GREETING);
});

test('[O5] without a greeting the agent speaks first, and has received its notes', async () => {
  const { engine, heard } = await scripted([{ text: 'Good day! Who is there?' }, { text: 'I see.' }], {
    profile: { greeting: '' },
  });
  const body = { audio: true, parameters: { customer: 'Ann [VIP]\n' } };
  const { id, text, audio } = await right(engine.post('/conversations', body), conversationAnswer);
  expect(text).toBe('Good day! Who is there?');
  expect(wordsIn(audio)).toBe(text);
  expect(told(heard)).toMatch(
    /^\[A conversation has begun, not over the phone [^\n[\]]* customer: Ann VIP \.[^\n[\]]*\]/,
  );
  await right(engine.post(`/conversations/${id}/turns`, { text: 'Me.' }), turnAnswer);
  expect(told(heard)).toContain('Good day! Who is there?');
});

test('notesOff keeps the context from the agent', async () => {
  const { engine, heard } = await scripted([], { profile: { notesOff: new Set(['context']) } });
  const path = await begun(engine, { parameters: { customer: 'Ann' } });
  await right(engine.post(`${path}/turns`, { text: 'Hi' }), turnAnswer);
  expect(told(heard)).toContain('[A conversation has begun.');
  expect(told(heard)).not.toContain('Ann');
});

test('an agent that fails to begin leaves no conversation behind', async () => {
  const { engine } = await scripted([{ text: '', failWith: 'server_error' }], {
    profile: { greeting: '' },
    limits: { maxConversations: 1 },
  });
  expect(await wrong(engine.post('/conversations', {}))).toBe('502 agent_unavailable');
  await begun(engine);
});

test('[E1] commands are reported and not spoken', async () => {
  const { engine } = await scripted(
    [
      { text: 'One moment. [[digits 1w2#]] I connect you. [[transfer +1 555 0100: Ann wants roses]]' },
      { text: '[[silent]]' },
      { text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } },
    ],
    { profile: { transfers: TRANSFERS } },
  );
  const path = await begun(engine);
  const turn = () => right(engine.post(`${path}/turns`, { text: 'Go on', audio: true }), turnAnswer);
  const { audio, ...first } = await turn();
  expect(first).toEqual({
    text: 'One moment. I connect you.',
    commands: [
      { type: 'send-digits', digits: '1w2#' },
      { type: 'transfer', to: '+15550100', summary: 'Ann wants roses' },
    ],
  });
  expect(wordsIn(audio)).toBe('One moment. I connect you.');
  expect(await turn()).toEqual({ text: '', commands: [{ type: 'stay-silent' }] });
  expect(await turn()).toMatchObject({ text: 'Goodbye.', commands: [{ type: 'end' }] });
});

test('[E1] a transfer to a number that is not allowed is dropped, and the agent receives a note', async () => {
  const { engine, heard } = await scripted([{ text: 'I connect you. [[transfer +19005550199]]' }], {
    profile: { transfers: TRANSFERS },
  });
  const path = await begun(engine);
  const turn = () => right(engine.post(`${path}/turns`, { text: 'A human, please' }), turnAnswer);
  expect(await turn()).toEqual({ text: 'I connect you.', commands: [] });
  await turn();
  expect(told(heard)).toContain('could not be transferred: that number is not among those');
});

test('[T8] a failing agent answers with a code, and the conversation continues', async () => {
  const { engine } = await scripted([
    { text: '', failWith: 'server_error' },
    { text: 'We have roses and', failWith: 'rate_limit_exceeded' },
    { text: 'Here I am.' },
  ]);
  const path = await begun(engine);
  const turn = (): Promise<Response> => engine.post(`${path}/turns`, { text: 'Hi' });
  expect(await wrong(turn())).toBe('502 agent_unavailable');
  const broken = await right(turn(), turnAnswer);
  expect(broken).toMatchObject({
    text: 'We have roses and',
    commands: [],
    failure: { code: 'agent_rate_limited' },
  });
  expect(await right(turn(), turnAnswer)).toEqual({ text: 'Here I am.', commands: [] });
  expect(engine.logged).toHaveLength(2);
  for (const line of engine.logged) expect(line).toMatch(/^engine: agent [a-z-]+: [\w ]+$/);
});

/** An engine whose agent writes when the test says so, by a clock that stands still. */
async function onPaper(options: EngineServerOptions = {}) {
  const clock = new SteppedClock();
  const agent = new PaperAgent();
  const engine = await EngineServer.start({ clock, ...options, profile: { agent, ...options.profile } });
  const path = await begun(engine);
  /** The agent has been asked; its answer is yet to come. */
  const asks = async (body: object = {}, init: Asking = {}) => {
    const answer = engine.post(`${path}/turns`, { text: 'Hi', ...body }, init);
    await eventually(() => expect(agent.isWriting).toBe(true));
    return { answer };
  };
  return { clock, agent, engine, path, asks };
}

test('[T4] an agent that is silent for too long has failed; one that keeps writing has not', async () => {
  const { clock, agent, engine, path, asks } = await onPaper();
  const { answer } = await asks();
  clock.step(19_999);
  await agent.writes('Well, ');
  clock.step(19_999);
  expect(await wrong(engine.post(`${path}/turns`, { text: 'Hi' }))).toBe('409 turn_running');
  clock.step(1);
  expect(await right(answer, turnAnswer)).toMatchObject({
    text: 'Well,',
    failure: { code: 'agent_timeout' },
  });
  const silent = await asks();
  clock.step(20_000);
  expect(await wrong(silent.answer)).toBe('504 agent_timeout');
  expect(engine.logged).toEqual(Array.from({ length: 2 }, () => 'engine: agent timeout: no text in time'));
});

test('[T7] withdrawn text is neither answered nor spoken, and its commands go with it', async () => {
  const { agent, asks } = await onPaper({ profile: { transfers: TRANSFERS } });
  const { answer } = await asks({ audio: true });
  await agent.writes('Roses are free. Take some. [[transfer]] And');
  await agent.orders({ type: 'send-digits', digits: '1' });
  await agent.withdraws();
  await agent.writes('I cannot say that.');
  await agent.finishes();
  const turn = await right(answer, turnAnswer);
  expect(turn).toMatchObject({
    text: 'I cannot say that.',
    commands: [{ type: 'send-digits', digits: '1' }],
  });
  expect(wordsIn(turn.audio)).toBe('I cannot say that.');
});

test('an endless reply is cut, as on the phone', async () => {
  const { agent, asks } = await onPaper();
  const { answer } = await asks();
  await agent.writes('And on it goes. '.repeat(700));
  const { text } = await right(answer, turnAnswer);
  expect(text).toMatch(/^And on it goes\. .* And on it goes\.$/);
});

test("a failing voice leaves the reply's text intact", async () => {
  const engine = await EngineServer.start({ openAi: { realtimeFaults: { breakOffNext: 99 } } });
  const path = await begun(engine);
  const answer = await engine.post(`${path}/turns`, { text: 'When are you open?', audio: true });
  expect(answer.headers.has('x-spoken-verbatim')).toBe(false);
  const turn = await right(answer, turnAnswer);
  expect(turn).toMatchObject({ text: HOURS, failure: { code: 'speech_unavailable' } });
  expect(turn.audio).toBeUndefined();
});

test('[R4] a bug is reported to the relay, hidden from the client, and ends one turn only', async () => {
  const { agent, engine, path, asks } = await onPaper();
  const listen = vi.spyOn(agent, 'reply').mockImplementationOnce(() => {
    throw new Error('the words of a caller');
  });
  const answer = await engine.post(`${path}/turns`, { text: 'Hi', audio: true });
  expect(await answer.clone().text()).not.toContain('caller');
  expect(await wrong(answer)).toBe('500 internal');
  expect(engine.bugs.splice(0)).toHaveLength(1);
  listen.mockRestore();
  await eventually(() => expect(engine.openAi.realtime.openSessions).toBe(0));
  const next = await asks();
  await agent.finishes();
  expect(await right(next.answer, turnAnswer)).toEqual({ text: '', commands: [] });
});

test('audio without words does not reach the agent', async () => {
  const { engine, heard } = await scripted([]);
  const path = await begun(engine);
  const cough = waveFile({ codec: 7, data: coughOf(400) });
  expect(await wrong(engine.postSound(`${path}/turns`, cough))).toBe('422 nothing_understood');
  expect(heard).toEqual([]);
  expect((await right(engine.post(`${path}/turns`, { text: 'Hi' }), turnAnswer)).text).toBe('Yes.');
});

test('[T1] a second turn is refused while one runs', async () => {
  const { agent, engine, path, asks } = await onPaper();
  const { answer } = await asks();
  expect(await wrong(engine.post(`${path}/turns`, { text: 'And?' }))).toBe('409 turn_running');
  expect(await wrong(engine.postSound(`${path}/turns`, said('And?')))).toBe('409 turn_running');
  await agent.writes('Yes.');
  await agent.finishes();
  expect(await right(answer, turnAnswer)).toEqual({ text: 'Yes.', commands: [] });
  expect(agent.messages).toHaveLength(1);
});

test('closing a conversation ends its turn', async () => {
  const { agent, engine, path, asks } = await onPaper();
  const { answer } = await asks();
  expect((await engine.fetch(path, { method: 'DELETE' })).status).toBe(204);
  expect(await wrong(answer)).toBe('410 conversation_closed');
  expect([agent.isClosed, agent.isWriting]).toEqual([true, false]);
});

test('[B4] a client that leaves before the answer may continue, and the agent learns that nothing was heard', async () => {
  const { agent, asks } = await onPaper();
  const leaving = new AbortController();
  const { answer } = await asks({}, { signal: leaving.signal });
  await agent.writes('I was asked.');
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await eventually(() => expect(agent.isWriting).toBe(false));
  for (const words of ['Yes?', 'Yes!']) {
    const next = await asks({ text: words });
    await agent.writes('Here.');
    await agent.finishes();
    expect((await right(next.answer, turnAnswer)).text).toBe('Here.');
  }
  const heard = 'The caller spoke on before they heard anything of your last reply.';
  expect(agent.messages).toEqual([
    { text: 'Hi', notes: [], heardOfLast: null },
    { text: 'Yes?', notes: [`[${heard}]`], heardOfLast: '' },
    { text: 'Yes!', notes: [], heardOfLast: null },
  ]);
});

test('[E3] an idle conversation is closed, an active one is not', async () => {
  const { clock, agent, engine, path, asks } = await onPaper({ limits: { idleMs: 600_000 } });
  for (let turns = 0; turns < 2; turns++) {
    clock.step(599_999);
    const { answer } = await asks();
    await agent.finishes();
    await right(answer, turnAnswer);
  }
  clock.step(599_999);
  expect(agent.isClosed).toBe(false);
  clock.step(1);
  expect(agent.isClosed).toBe(true);
  expect(await wrong(engine.post(`${path}/turns`, { text: 'Hi' }))).toBe('404 unknown_conversation');
  expect(clock.waiting).toBe(0);
});

test('a conversation is not idle while its agent thinks', async () => {
  const { clock, agent, asks } = await onPaper({ limits: { idleMs: 1_000 } });
  const { answer } = await asks();
  clock.step(15_000);
  await agent.writes('There.');
  await agent.finishes();
  expect((await right(answer, turnAnswer)).text).toBe('There.');
});

test('[R5] the number of conversations is bounded', async () => {
  const engine = await EngineServer.start({ limits: { maxConversations: 2 } });
  const first = await begun(engine);
  await begun(engine);
  expect(await wrong(engine.post('/conversations', {}))).toBe('503 too_many_conversations');
  await engine.fetch(first, { method: 'DELETE' });
  await begun(engine);
});

test('[R5] a turn with audio needs a speech session, a written one does not', async () => {
  const engine = await EngineServer.start({ limits: { maxSessions: 0 } });
  expect(await wrong(engine.post('/conversations', { audio: true }))).toBe('503 busy');
  const path = await begun(engine);
  expect(await wrong(engine.postSound(`${path}/turns`, said('Hi')))).toBe('503 busy');
  expect(await wrong(engine.post(`${path}/turns`, { text: 'Hi', audio: true }))).toBe('503 busy');
  await right(engine.post(`${path}/turns`, { text: 'Hi' }), turnAnswer);
});

test('[R2] a stopping process answers waiting clients and closes its conversations', async () => {
  const { agent, engine, asks } = await onPaper();
  const { answer } = await asks();
  engine.closing.abort();
  expect(await wrong(answer)).toBe('503 closing');
  expect(agent.isClosed).toBe(true);
});

test('a wrong request is refused with the field', async () => {
  const engine = await EngineServer.start();
  const begin = (body: unknown): Promise<string> => wrong(engine.post('/conversations', body));
  expect(await begin({ profile: 'nobody' })).toBe('400 unknown_profile profile');
  expect(await begin({ audio: 'yes' })).toBe('422 invalid_request audio');
  expect(await begin({ greeting: 'Hi' })).toBe('422 invalid_request greeting');
  expect(await begin({ parameters: { name: 7 } })).toBe('422 invalid_request parameters.name');
  expect(await begin({ parameters: { name: 'x'.repeat(501) } })).toBe('422 invalid_request parameters.name');
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`p${index}`, '']));
  expect(await begin({ parameters: many })).toBe('422 invalid_request parameters');
  expect(await begin([])).toBe('422 invalid_request');
  const path = await begun(engine);
  const turn = (body: unknown): Promise<string> => wrong(engine.post(`${path}/turns`, body));
  expect(await turn({})).toBe('422 invalid_request text');
  expect(await turn({ text: 'Hi', format: 'mp3' })).toBe('422 invalid_request format');
  expect(await wrong(engine.postSound(`${path}/turns`, Buffer.from('x')))).toBe('415 unsupported_audio');
  expect(await wrong(engine.postSound(`${path}/turns?audio=1`, said('Hi')))).toBe(
    '422 invalid_request audio',
  );
  expect(await wrong(engine.postSound(`${path}/turns`, said('Hi'), 'audio/mpeg'))).toBe(
    '415 unsupported_media_type',
  );
});
