import { OpenAI } from 'openai';
import type { PersistedAgentTool } from 'openai/resources/beta/agents/agents';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fieldsOf } from '../../../src/call/json.ts';
import type { Agent, AgentEvent } from '../../../src/call/ports.ts';
import { agentsApi } from '../../../src/agent/agents-api/agents-api.ts';
import { agentContract } from '../agent-contract.ts';
import {
  FarEnd,
  GREETED,
  message,
  optionsFor,
  patience,
  type Reach,
  read,
  textOf,
  UNGREETED,
} from '../far-end.ts';

const savedAgent = (
  reach: Reach,
  agentId = 'agent_scripted',
  log: (line: string) => void = () => {},
): Agent => agentsApi.open(agentId, optionsFor(reach, { log }));

agentContract('a saved agent', (reach) => savedAgent(reach), { countsTokens: true });

describe('a session of the Agents API', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  const lines = (pattern: RegExp) => farEnd.asked(pattern).map(({ method, path }) => `${method} ${path}`);
  const created = () => farEnd.asked(/^POST .*\/sessions$/).map(({ body }) => body);

  it('[O2] is created when the call begins and deleted when it ends', async () => {
    const conversation = savedAgent(farEnd).open(GREETED);
    await farEnd.until(() => created().length > 0);
    expect(created()).toEqual([
      {
        agent_id: 'agent_scripted',
        agent: expect.anything(),
        environment: { type: 'none' },
        input: expect.stringMatching(/^\[A phone call has begun\.\]\n\[Answer .* "ok" only/),
        metadata: { call_id: 'CI0' },
        stream: true,
        stream_options: { include_obfuscation: false },
      },
    ]);
    await conversation.close();
    expect(lines(/^DELETE/)).toEqual(['DELETE /v1/agents/sessions/sess_1']);
  });

  it('sends one message for each thing said, with notes and words as separate parts', async () => {
    const conversation = savedAgent(farEnd).open(GREETED);
    const stop = new AbortController();
    stop.abort();
    await read(conversation.reply(message('First.'), stop.signal));
    await read(conversation.reply(message('Go on.', ['[One.]', '[Two.]']), patience()));
    const part = (text: string) => ({ type: 'input_text', text });
    expect(farEnd.asked(/^POST .*\/events$/).at(-1)?.body).toEqual({
      events: [
        {
          type: 'agent.session.input.message',
          input: [
            { role: 'user', content: [part('First.')] },
            { role: 'user', content: [part('[One.]'), part('[Two.]'), part('Go on.')] },
          ],
        },
      ],
    });
    await conversation.close();
  });

  it('cancels the answer to the opening note and never speaks it', async () => {
    farEnd.opening = { text: 'ok ok ok', hangs: true };
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(farEnd.heard).toHaveLength(1);
    await conversation.close();
  });

  it('[B2] cancels an abandoned reply and speaks no later word of it', async () => {
    farEnd.replies = [{ text: 'Never to be heard to its end', perTokenMs: 20 }, { text: 'New.' }];
    farEnd.faults.cancelTakesMs = 40;
    const conversation = savedAgent(farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Talk.'), stop.signal)) stop.abort();
    expect(textOf(await read(conversation.reply(message('Stop.'), patience())))).toBe('New.');
    await conversation.close();
  });

  it('[B2] cancels an abandoned reply at once, not with the next message', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }];
    const conversation = savedAgent(farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Talk.'), stop.signal)) stop.abort();
    // The answer to the opening note may have been cancelled before.
    const cancel = JSON.stringify({ events: [{ type: 'agent.session.input.cancel' }] });
    const cancels = () => farEnd.requests.filter(({ body }) => JSON.stringify(body) === cancel).length;
    const before = cancels();
    await farEnd.until(() => cancels() > before);
    await conversation.close();
  });

  it.each([
    [1, false],
    [3, false],
    [5, false],
    [3, true],
  ])(
    '[R1] loses and repeats nothing when a stream breaks after %i tokens (headers held: %s)',
    async (after, holds) => {
      const text = 'One two three four five.';
      farEnd.replies = [{ text, perTokenMs: 5, dropsStreamAfterTokens: after, commentary: 'Counting.' }];
      farEnd.faults.holdsStreamHeaders = holds;
      const conversation = savedAgent(farEnd).open(GREETED);
      expect(textOf(await read(conversation.reply(message('Count.'), patience())))).toBe(text);
      expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe(text);
      await conversation.close();
    },
  );

  it('[R1] catches up on a reply that ended while no stream was open', async () => {
    farEnd.replies = [{ text: 'One two three.', dropsStreamAfterTokens: 1 }];
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Count.'), patience())))).toBe('One two three.');
    await conversation.close();
  });

  it('[R1] catches up on a greeting whose stream broke', async () => {
    farEnd.opening = { text: 'Good day to you.', dropsStreamAfterTokens: 2 };
    const conversation = savedAgent(farEnd).open(UNGREETED);
    expect(textOf(await read(conversation.greet(patience())))).toBe('Good day to you.');
    await conversation.close();
  });

  it('reads on a creation stream that outlives the first turn', async () => {
    farEnd.faults.keepsCreateStream = true;
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(lines(/^GET .*\/events$/)).toEqual([]);
    await conversation.close();
  });

  it('[T2] sends nothing to a session before its next stream is open', async () => {
    farEnd.faults.slowStreamsMs = 5;
    farEnd.replies = [{ text: 'One two', hangs: true }];
    const conversation = savedAgent(farEnd).open(GREETED);
    const stop = new AbortController();
    const told: AgentEvent[] = [];
    for await (const event of conversation.reply(message('Count.'), stop.signal))
      if (told.push(event) === 2) stop.abort();
    expect(textOf(told)).toBe('One two');
    await conversation.close();
  });

  it('does not wait for headers that come with the first event', async () => {
    farEnd.faults.holdsStreamHeaders = true;
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('Yes.');
    await conversation.close();
  });

  it('[T7] does not speak what a subagent says', async () => {
    farEnd.replies = [{ text: 'Done.', subagentSays: 'I looked at page four.' }];
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Look.'), patience())))).toBe('Done.');
    await conversation.close();
  });

  it('creates a session with the next message if the first attempt failed', async () => {
    farEnd.faults.refuseNext = 2;
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(farEnd.known).toMatch(
      /^user: \[A phone call has begun\.\]\n\[Answer.*\]\nassistant: ok\nuser: Hi\.$/,
    );
    await conversation.close();
  });

  it('replaces a session that is gone, and loses no words', async () => {
    const conversation = savedAgent(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    const { baseUrl, apiKey } = farEnd;
    const client = new OpenAI({ apiKey, baseURL: baseUrl });
    await client.beta.agents.sessions.delete('sess_1');
    // Whether this one fails depends on who notices first: the event stream, or the message.
    await read(conversation.reply(message('Lost?'), patience()));
    expect(textOf(await read(conversation.reply(message('Back?'), patience())))).toBe('Yes.');
    expect(farEnd.known).toContain('Lost?');
    await conversation.close();
  });

  it('[T3] does not repeat a message whose acceptance was never answered', async () => {
    let toBeLost = 0;
    // A network that carries requests and loses answers.
    const lossyFetch: typeof fetch = async (...asked) => {
      const answer = await fetch(...asked);
      if (toBeLost === 0 || asked[1]?.method !== 'POST') return answer;
      toBeLost--;
      throw new TypeError('fetch failed');
    };
    const requests = { retries: 1, fetch: lossyFetch };
    const conversation = agentsApi.open('agent_scripted', optionsFor(farEnd, { requests })).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    toBeLost = 2;
    // Whether its reply is heard depends on what is first: its end, or the failure of its sending.
    await read(conversation.reply(message('Lost?'), patience()));
    await read(conversation.reply(message('Back?'), patience()));
    expect(toBeLost).toBe(0);
    expect(farEnd.known.match(/Hi\.|Lost\?|Back\?/g)).toEqual(['Hi.', 'Lost?', 'Back?']);
    await conversation.close();
  });

  it('has no padding in any stream, compacts in the background, and is served as fast as configured', async () => {
    const agent = agentsApi.open('agent_scripted', optionsFor(farEnd, { serviceTier: 'fast' }));
    const conversation = agent.open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    expect(created()).toMatchObject([{ agent: { compaction: { async: true }, service_tier: 'fast' } }]);
    expect(lines(/^GET .*\/events/)).toEqual([
      'GET /v1/agents/sessions/sess_1/events?include_obfuscation=false',
    ]);
    await conversation.close();
  });

  it('[A2] ends the reply at once when the session reaches its budget, and sends it nothing more', async () => {
    farEnd.replies = [{ text: 'Roses are', reachesBudget: true }];
    const conversation = savedAgent(farEnd).open(GREETED);
    const events = await read(conversation.reply(message('A poem.'), patience()));
    expect(textOf(events)).toBe('Roses are<refused>');
    expect(events.at(-1)).toMatchObject({ detail: 'budget_reached' });
    const sent = lines(/^POST/).length;
    expect(textOf(await read(conversation.reply(message('Go on.'), patience())))).toBe('<refused>');
    expect(lines(/^POST/)).toHaveLength(sent);
    expect(created()).toHaveLength(1);
    await conversation.close();
  });

  it('reports an agent that does not exist as refused', async () => {
    const conversation = savedAgent(farEnd, 'agent_nobody').open(UNGREETED);
    expect(await read(conversation.greet(patience()))).toEqual([
      { type: 'failed', failure: 'refused', detail: '404 agent_not_found' },
    ]);
    await conversation.close();
  });
});

describe('a session of another process', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  const posted = () =>
    farEnd
      .asked(/^POST/)
      .map(({ path, body }) => (path.endsWith('/sessions') ? 'create' : JSON.stringify(body)))
      .map((asked) => /input\.\w+|create/.exec(asked)?.[0]);

  it('[R3] is neither created nor searched if nothing was under way', async () => {
    const first = savedAgent(farEnd).open(GREETED);
    await read(first.reply(message('Hi.'), patience()));
    await first.close(true);
    const before = farEnd.requests.length;
    const second = savedAgent(farEnd).open(GREETED, first.memory() ?? undefined);
    await read(second.reply(message('Again.'), patience()));
    const lines = farEnd.requests.slice(before).map(({ method, path }) => `${method} ${path.split('?')[0]}`);
    expect(new Set(lines)).toEqual(
      new Set([
        'GET /v1/agents/sessions/sess_1/events',
        'GET /v1/agents/sessions/sess_1/turns',
        'GET /v1/agents/sessions/sess_1',
        'POST /v1/agents/sessions/sess_1/events',
      ]),
    );
    await second.close();
    expect(farEnd.asked(/^DELETE/)).toHaveLength(1);
  });

  it.each([
    ['[R3] whose turn still runs is brought to rest at once', { text: 'On and', hangs: true }],
    [
      '[R3] that waits for a tool is cancelled at once',
      { text: '', calls: { name: 'end_call', arguments: {} } },
    ],
  ])('%s', async (_, reply) => {
    farEnd.replies = [reply, { text: 'Yes.' }];
    const first = savedAgent(farEnd).open(GREETED);
    const dying = first.reply(message('Talk.'), patience())[Symbol.asyncIterator]();
    const word = dying.next();
    await farEnd.until(() => farEnd.heard.length === 1);
    // What the dying process would answer does not arrive.
    Object.assign(farEnd.faults, { only: /^POST .*\/events$/, hangNext: 'calls' in reply ? 1 : 0 });
    await word;
    const from = posted().length;
    const second = savedAgent(farEnd).open(GREETED, first.memory() ?? undefined);
    await farEnd.until(() => posted().slice(from).includes('input.cancel'));
    const askedAt = performance.now();
    expect(textOf(await read(second.reply(message('Hi.'), patience())))).toBe('Yes.');
    // Not after the two seconds in which an event would be overdue.
    expect(performance.now() - askedAt).toBeLessThan(1000);
    expect(farEnd.known.match(/Talk\.|Hi\./g)).toEqual(['Talk.', 'Hi.']);
    expect(posted()).not.toContain(undefined);
    expect(posted().filter((one) => one === 'create')).toHaveLength(1);
    await second.close();
    await first.close();
  });

  it('[R3] [E1] gives its command only to the process that continues it', async () => {
    farEnd.replies = [{ text: 'Yes.' }, { text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }];
    const first = savedAgent(farEnd).open(GREETED);
    await read(first.reply(message('Hi.'), patience()));
    await first.close(true);
    const second = savedAgent(farEnd).open(GREETED, first.memory() ?? undefined);
    expect(textOf(await read(second.reply(message('Bye.'), patience())))).toBe('<end>Goodbye.');
    expect(farEnd.toolAnswers).toEqual([
      { name: 'end_call', output: GREETED.tools.call('end_call', {})?.output },
    ]);
    await second.close();
  });

  it('[R3] receives a message again if it cannot say what it has', async () => {
    const first = savedAgent(farEnd).open(GREETED);
    await read(first.reply(message('Hi.'), patience()));
    const dying = first.reply(message('Roses.'), patience())[Symbol.asyncIterator]();
    const word = dying.next();
    const memory = first.memory() ?? undefined;
    await word;
    Object.assign(farEnd.faults, { only: /^GET .*\/items/, refuseNext: 2 });
    const second = savedAgent(farEnd).open(GREETED, memory);
    expect(textOf(await read(second.reply(message('Hello?'), patience())))).toBe('Yes.');
    expect(farEnd.known.match(/Roses\.|Hello\?/g)).toEqual(['Roses.', 'Roses.', 'Hello?']);
    await second.close();
    await first.close();
  });

  it('[R3] has no reference before it exists, only the owed words', async () => {
    farEnd.faults.only = /^POST/;
    farEnd.faults.hangNext = 2;
    const first = savedAgent(farEnd).open(GREETED);
    expect(first.memory()).toBeNull();
    const dying = first.reply(message('Hi.'), patience())[Symbol.asyncIterator]();
    const word = dying.next();
    const memory = first.memory();
    expect(memory?.reference).toBeNull();
    await first.close(true);
    await word;
    farEnd.faults.hangNext = 0;
    const second = savedAgent(farEnd).open(GREETED, memory ?? undefined);
    expect(textOf(await read(second.reply(message('Hello?'), patience())))).toBe('Yes.');
    expect(farEnd.known).toMatch(/A phone call has begun[^]*user: Hi\.\nuser: Hello\?$/);
    await second.close();
  });

  it('[R3] does not greet a second time', async () => {
    farEnd.opening = { text: 'Good day.' };
    const first = savedAgent(farEnd).open(UNGREETED);
    await read(first.greet(patience()));
    const second = savedAgent(farEnd).open(UNGREETED, first.memory() ?? undefined);
    expect(await read(second.greet(patience()))).toEqual([]);
    await second.close();
    await first.close();
  });
});

describe('the tools of a saved agent', () => {
  let farEnd: FarEnd;
  let told: string[];
  let agent: Agent;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
    const lines: string[] = [];
    told = lines;
    agent = savedAgent(farEnd, 'agent_scripted', (line) => {
      if (line.includes('tool')) lines.push(line);
    });
  });

  afterEach(() => farEnd.stop());

  const ours = GREETED.tools.offered.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    parameters,
  }));
  const lookUpOrder: PersistedAgentTool = {
    type: 'function',
    name: 'look_up_order',
    description: 'Looks an order up.',
    parameters: { type: 'object', properties: {} },
    defer_loading: false,
  };
  const mcp: PersistedAgentTool = {
    type: 'mcp',
    server_label: 'stock',
    transport: { type: 'http', server_url: 'https://stock.example.com', headers: {} },
    allowed_tools: null,
    connection_origin: 'service',
    credential_id: null,
    request_metadata: {},
    required: false,
  };
  const save = (...tools: PersistedAgentTool[]) => (farEnd.agentTools['agent_scripted'] = tools);
  const results = () =>
    farEnd
      .asked(/^POST .*\/events$/)
      .flatMap(({ body }) => (JSON.stringify(body).includes('input.tool_result') ? [body] : []));

  const toolsOf = (body: unknown): unknown => {
    const { tools = null } = fieldsOf(fieldsOf(body)['agent']);
    return tools === null ? null : { tools };
  };

  /** What the sessions of so many calls, one after another, were created with in place of the saved agent's. */
  async function overridden(calls = 1): Promise<unknown[]> {
    for (let call = 0; call < calls; call++) {
      const conversation = agent.open(GREETED);
      expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
      await conversation.close();
    }
    return farEnd.asked(/^POST .*\/sessions$/).map(({ body }) => toolsOf(body));
  }

  it('stay, with the phone tools after them', async () => {
    const search: PersistedAgentTool = {
      type: 'web_search',
      allowed_domains: ['example.com'],
      context_size: 'low',
      location: null,
      mode: 'live',
    };
    save(lookUpOrder, search);
    expect(await overridden()).toEqual([{ tools: [lookUpOrder, search, ...ours] }]);
    expect(told).toEqual([]);
  });

  it('win over phone tools of the same name', async () => {
    const own = { ...lookUpOrder, name: 'end_call' };
    save(own);
    const others = ours.filter(({ name }) => name !== 'end_call');
    expect(await overridden()).toEqual([{ tools: [own, ...others] }]);
  });

  it('are not sent if the author declared the phone tools, which work by name', async () => {
    save(...GREETED.tools.offered.map((tool) => ({ ...lookUpOrder, name: tool.name })));
    expect(await overridden()).toEqual([null]);
    farEnd.replies = [{ text: 'Bye.', calls: { name: 'end_call', arguments: {} } }];
    const conversation = agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Bye.'), patience())))).toBe('<end>Bye.');
    await conversation.close();
    expect(told).toEqual([]);
  });

  it('are not sent if the list cannot be sent back whole; the log says so once', async () => {
    save(lookUpOrder, mcp);
    expect(await overridden(2)).toEqual([null, null]);
    expect(told).toEqual([expect.stringMatching(/type mcp.*Declare the phone tools/)]);
  });

  it('are read with every call, for the next one', async () => {
    await overridden();
    save(lookUpOrder);
    expect(await overridden(2)).toEqual([
      { tools: ours },
      { tools: ours },
      { tools: [lookUpOrder, ...ours] },
    ]);
  });

  it('are known to the first call after a look-up', async () => {
    save(lookUpOrder);
    expect(await agent.lookUp()).toEqual({ is: 'found', model: 'sandbox' });
    farEnd.faults.only = /^GET \/v1\/agents\/agent_scripted/;
    farEnd.faults.hangNext = 2;
    expect(await overridden()).toEqual([{ tools: [lookUpOrder, ...ours] }]);
  });

  it('are not sent if they cannot be read', async () => {
    farEnd.faults.only = /^GET \/v1\/agents\/agent_scripted/;
    farEnd.faults.refuseWith = { status: 403, code: 'forbidden' };
    farEnd.faults.refuseNext = 1;
    expect(await overridden()).toEqual([null]);
    expect(told).toEqual([expect.stringContaining('403 forbidden')]);
  });

  it('[O2] hold a call up for at most a second', async () => {
    farEnd.faults.only = /^GET \/v1\/agents\/agent_scripted/;
    farEnd.faults.hangNext = 1;
    agent = savedAgent(farEnd);
    expect(await overridden()).toEqual([null]);
  });

  it('are not sent once the API has refused the longer list', async () => {
    Object.assign(farEnd.faults, {
      only: /^POST .*\/sessions$/,
      refuseNext: 1,
      refuseWith: { status: 400, code: 'invalid_value' },
    });
    expect(await overridden(2)).toEqual([{ tools: ours }, null, null]);
    expect(told).toEqual([expect.stringContaining('refused')]);
  });

  it('that the relay does not have are answered as failed, and the turn goes on', async () => {
    save(lookUpOrder);
    farEnd.replies = [{ text: 'I cannot do that.', calls: { name: 'look_up_order', arguments: {} } }];
    const conversation = agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Where is it?'), patience())))).toBe(
      'I cannot do that.',
    );
    expect(results()).toMatchObject([{ events: [{ success: false, error: expect.stringMatching(/not/) }] }]);
    expect(told).toEqual([expect.stringMatching(/look_up_order$/)]);
    await conversation.close();
  });

  it('[E1] gives no command from a turn that nobody hears', async () => {
    farEnd.opening = { text: 'ok', calls: { name: 'end_call', arguments: {} }, hangs: true };
    const conversation = agent.open(GREETED);
    await farEnd.until(() => farEnd.toolAnswers.length > 0);
    expect(results()).toMatchObject([{ events: [{ success: false }] }]);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    await conversation.close();
  });

  it('[E1] gives a command from the greeting', async () => {
    farEnd.opening = { text: 'We are closed.', calls: { name: 'end_call', arguments: {} } };
    const conversation = agent.open(UNGREETED);
    expect(textOf(await read(conversation.greet(patience())))).toBe('<end>We are closed.');
    await conversation.close();
  });

  it('[E1] reports a refused command to the agent', async () => {
    const calls = { name: 'send_digits', arguments: { digits: 'none' } };
    farEnd.replies = [{ text: 'I cannot.', calls }];
    const conversation = agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Press one.'), patience())))).toBe('I cannot.');
    expect(results()).toMatchObject([{ events: [{ success: false, error: expect.any(String) }] }]);
    await conversation.close();
  });

  it.each([0, 1])('[R1] gives a command once that a broken stream missed (refused: %i)', async (refused) => {
    const calls = { name: 'end_call', arguments: {} };
    farEnd.replies = [{ saysBeforeCall: 'Well, goodbye.', calls, text: 'Bye.', dropsStreamAfterTokens: 1 }];
    const conversation = agent.open(GREETED);
    const reading = read(conversation.reply(message('Bye.'), patience()));
    await farEnd.until(() => farEnd.heard.length === 1);
    Object.assign(farEnd.faults, {
      only: /^POST .*\/events$/,
      refuseNext: refused,
      refuseWith: { status: 400, code: 'invalid_tool_result' },
    });
    expect(textOf(await reading)).toBe('Well, goodbye.<end>\nBye.');
    expect(results()).toHaveLength(1 + refused);
    expect(farEnd.toolAnswers).toHaveLength(1);
    await conversation.close();
  });

  it('repeats an answer that came too early, but not the command', async () => {
    farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }];
    const conversation = agent.open(GREETED);
    const reading = read(conversation.reply(message('Bye.'), patience()));
    await farEnd.until(() => farEnd.heard.length === 1);
    Object.assign(farEnd.faults, {
      only: /^POST .*\/events$/,
      refuseNext: 1,
      refuseWith: { status: 400, code: 'invalid_tool_result' },
    });
    expect(textOf(await reading)).toBe('<end>Goodbye.');
    expect(results()).toHaveLength(2);
    expect(farEnd.toolAnswers).toHaveLength(1);
    await conversation.close();
  });

  it('delays neither a cancel nor the next message when a tool answer hangs', async () => {
    const calls = { name: 'end_call', arguments: {} };
    farEnd.replies = [{ text: 'Goodbye.', calls }, { text: 'I am still here.' }];
    const conversation = agent.open(GREETED);
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { type } of conversation.reply(message('Bye.'), stop.signal))
        if (type === 'command') stop.abort();
    })();
    await farEnd.until(() => farEnd.heard.length === 1);
    farEnd.faults.only = /^POST .*\/events$/;
    farEnd.faults.hangNext = 1;
    await reading;
    const askedAt = performance.now();
    expect(textOf(await read(conversation.reply(message('Wait!'), patience())))).toBe('I am still here.');
    expect(performance.now() - askedAt).toBeLessThan(450);
    expect(farEnd.toolAnswers).toEqual([]);
    await conversation.close();
  });

  it('reports an agent that does not exist', async () => {
    expect(await savedAgent(farEnd, 'agent_nobody').lookUp()).toEqual({
      is: 'wrong',
      problem: expect.stringMatching(/^The agent "agent_nobody" does not exist.*Check its ID/),
    });
  });
});
