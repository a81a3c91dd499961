import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENTRA } from '../../../sandbox/foundry/foundry.ts';
import { openResponses } from '../../../src/agent/responses/open-responses.ts';
import type { AgentOptions } from '../../../src/agent/agent-kind.ts';
import type { Agent } from '../../../src/call/ports.ts';
import { SteppedClock } from '../../support/clock.ts';
import { agentContract } from '../agent-contract.ts';
import { FarEnd, GREETED, message, optionsFor, patience, type Reach, read, textOf } from '../far-end.ts';

const served = (reach: Reach, given: Partial<AgentOptions> = {}): Agent =>
  openResponses.open('responses:scripted', optionsFor(reach, given));

agentContract('an Open Responses server', (reach) => served(reach), { countsTokens: true });

agentContract(
  'an Open Responses server that keeps no responses',
  (reach) => {
    if (reach instanceof FarEnd) reach.faults.keepsNoResponses = true;
    return served(reach);
  },
  { isKeptByVendor: false, countsTokens: true },
);

let farEnd: FarEnd;

beforeEach(async () => {
  farEnd = await FarEnd.start();
});

afterEach(() => farEnd.stop());

const bodies = () => farEnd.asked(/^POST .*\/responses/).map(({ body }) => body);
const user = (content: string) => ({ role: 'user', content });
const start = [
  { role: 'developer', content: GREETED.note },
  { role: 'assistant', content: GREETED.greeting },
  user('Hi.'),
];

describe('the requests to a server with a Responses API', () => {
  it('keep the query of AGENT_BASE_URL, and carry AGENT_HEADERS with facts of the call', async () => {
    const agentBaseUrl = `${farEnd.baseUrl}/?api-version=v1&tenant=a%20b`;
    const agentHeaders = { 'x-team': 'shop', 'x-call': '{call}/{from}' };
    const conversation = served(farEnd, { agentBaseUrl, agentHeaders }).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    expect(farEnd.requests[0]?.path).toBe('/v1/responses?api-version=v1&tenant=a%20b');
    expect(farEnd.headers[0]).toMatchObject({ 'x-team': 'shop', 'x-call': 'CI0/+15550001' });
    await conversation.close();
  });

  it('[B4] hold the whole call, as heard, once the server cannot continue a response', async () => {
    farEnd.faults.keepsNoResponses = true;
    farEnd.replies = [{ text: 'Red roses are nice.' }, { text: 'Sure.' }, { text: 'Fine.' }];
    const conversation = served(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Stop.', ['[Cut.]'], 'Red'), patience()));
    await read(conversation.reply(message('Go on.'), patience()));
    const second = [
      ...start,
      { role: 'assistant', content: 'Red' },
      { role: 'developer', content: '[Cut.]' },
      user('Stop.'),
    ];
    expect(bodies()).toEqual([
      expect.objectContaining({ input: start }),
      expect.objectContaining({ previous_response_id: 'resp_1' }),
      expect.objectContaining({ store: false, input: second }),
      expect.objectContaining({
        store: false,
        input: [...second, { role: 'assistant', content: 'Sure.' }, user('Go on.')],
      }),
    ]);
    expect(bodies()[3]).not.toHaveProperty('previous_response_id');
    await conversation.close();
  });

  it.each(['tools', 'instructions', 'stream_options'])(
    'leave out "%s" for good once it was refused',
    async (field) => {
      farEnd.faults.refusesField = field;
      const log: string[] = [];
      const agent = served(farEnd, { instructions: 'Sell.', log: (line) => log.push(line) });
      for (const conversation of [agent.open(GREETED), agent.open(GREETED)]) {
        expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
        await conversation.close();
      }
      expect(bodies().map((body) => Object.hasOwn(Object(body), field))).toEqual([true, false, false]);
      expect(log).toEqual([`responses: the server refuses "${field}", so it is sent none any more.`]);
    },
  );
});

describe('a Foundry agent', () => {
  const foundry = (given: Partial<AgentOptions> = {}): Agent => {
    const { origin } = new URL(farEnd.baseUrl);
    return openResponses.open(
      'responses:shop',
      optionsFor(farEnd, {
        agentApiKey: '',
        instructions: 'Sell.',
        agentBaseUrl: `${origin}/foundry/api/projects/shop/agents/agent_scripted/endpoint/protocols/openai?api-version=v1`,
        azure: { ...ENTRA, authorityHost: `${origin}/entra` },
        ...given,
      }),
    );
  };

  it.each([false, true])(
    'stays in one sandbox for a call, whether a header names it: %s',
    async (namesInHeader) => {
      farEnd.foundry.namesInHeader = namesInHeader;
      const conversation = foundry().open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      await read(conversation.reply(message('Again.'), patience()));
      const second = foundry().open(GREETED, conversation.memory() ?? undefined);
      await read(second.reply(message('And again.'), patience()));
      expect(farEnd.foundry.sandboxes).toEqual(['sandbox-1', 'sandbox-1', 'sandbox-1']);
      expect(farEnd.known).toMatch(/Hi\.[^]*Again\.[^]*And again\.$/);
      await second.close();
      await conversation.close();
    },
  );

  it('receives no model, instructions or tools, and may call its own', async () => {
    farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }];
    const conversation = foundry().open(GREETED);
    expect(textOf(await read(conversation.reply(message('Bye.'), patience())))).toBe('<end>Goodbye.');
    for (const field of ['model', 'instructions', 'tools']) expect(bodies()[0]).not.toHaveProperty(field);
    await conversation.close();
  });

  it('shares one token between calls, and renews it five minutes before its end', async () => {
    const clock = new SteppedClock();
    const agent = foundry({ clock });
    const [one, two] = [agent.open(GREETED), agent.open(GREETED)];
    await Promise.all([one, two].map((call) => read(call.reply(message('Hi.'), patience()))));
    clock.step(3_298_000);
    await read(one.reply(message('A'), patience()));
    expect(farEnd.foundry.tokensGiven).toBe(1);
    clock.step(2000);
    await Promise.all([one, two].map((call) => read(call.reply(message('B'), patience()))));
    expect(farEnd.foundry.tokensGiven).toBe(2);
    await one.close();
    await two.close();
  });

  it('is found to exist only as far as token and role tell', async () => {
    expect(await foundry().lookUp()).toMatchObject({
      is: 'unknown',
      why: expect.stringContaining('accepts the token'),
    });
    expect(await foundry({ azure: null }).lookUp()).toMatchObject({
      is: 'wrong',
      problem: expect.stringContaining('AZURE_TENANT_ID'),
    });
    expect(await foundry({ azure: null, agentApiKey: 'sk-sandbox' }).lookUp()).toMatchObject({ is: 'wrong' });
  });

  it('[T8] says that Entra refuses the credentials, without showing them', async () => {
    const { origin } = new URL(farEnd.baseUrl);
    const azure = { ...ENTRA, clientSecret: 'hunter2', authorityHost: `${origin}/entra` };
    const found = await foundry({ azure }).lookUp();
    expect(found).toEqual({
      is: 'wrong',
      problem: expect.stringMatching(/401 invalid_client.*AZURE_CLIENT_SECRET/),
    });
    expect(JSON.stringify(found)).not.toContain('hunter2');
    const conversation = foundry({ azure }).open(GREETED);
    expect(await read(conversation.reply(message('Hi.'), patience()))).toEqual([
      { type: 'failed', failure: 'refused', detail: 'Entra: 401 invalid_client' },
    ]);
    await conversation.close();
  });
});
