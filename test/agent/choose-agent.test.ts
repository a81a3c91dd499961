import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  agentKindOf,
  chooseAgent,
  problemWithAgentId,
  warningAboutAgentId,
} from '../../src/agent/choose-agent.ts';
import { FarEnd, patience, read, textOf, UNGREETED } from './far-end.ts';

describe('the ID of the agent', () => {
  it.each([
    ['agent_68f0', 'agents-api'],
    ['whatever-openai-may-call-it', 'agents-api'],
    ['model:gpt-5-mini', 'model'],
    ['pmpt_123', 'prompt'],
  ] as const)('%s is of the kind %s', (id, kind) => {
    expect(problemWithAgentId(id)).toBeNull();
    expect(agentKindOf(id)).toBe(kind);
  });

  it.each([
    ['asst_123', /2026-08-26.*Agents API/],
    ['wf_123', /2026-11-30.*Agents API/],
    ['', /is empty/],
    ['  ', /is empty/],
    ['model:', /names no model/],
    ['https://example.com/agent', /cannot call yet/],
    ['http://localhost:8080', /cannot call yet/],
    ['chat:http://localhost:8080', /cannot call yet/],
    ['./agent.ts', /cannot call yet/],
    ['../agent.ts', /cannot call yet/],
    ['/srv/agent.ts', /cannot call yet/],
  ])('"%s" stops the start, and says why', (id, why) => {
    expect(problemWithAgentId(id)).toMatch(why);
    const options = {
      apiKey: 'sk',
      baseUrl: 'http://127.0.0.1:1/v1',
      agentBaseUrl: '',
      agentApiKey: '',
      instructions: null,
      log: () => {},
    };
    expect(() => chooseAgent(id, options)).toThrow(why);
  });

  it('a reusable prompt works, with a warning', () => {
    expect(warningAboutAgentId('pmpt_123')).toMatch(/2026-11-30/);
    expect(warningAboutAgentId('agent_123')).toBeNull();
    expect(warningAboutAgentId('asst_123')).toBeNull();
  });
});

describe('changing the ID', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  it.each([
    ['agent_flowers', 'agents-api', 'Hello, this is Bloom and Stem. How can I help you?'],
    ['agent_dentist', 'agents-api', 'Good day, Harbour Dental. What can I do for you?'],
    ['model:gpt-5-mini', 'model', 'Hello, this is Bloom and Stem. How can I help you?'],
    ['pmpt_flowers', 'prompt', 'Hello, this is Bloom and Stem. How can I help you?'],
  ])('to %s changes the business', async (id, kind, greeting) => {
    const { baseUrl, apiKey } = farEnd;
    const agent = chooseAgent(id, {
      apiKey,
      baseUrl,
      agentBaseUrl: '',
      agentApiKey: '',
      instructions: null,
      log: () => {},
    });
    expect(agent.kind).toBe(kind);
    const conversation = agent.open(UNGREETED);
    expect(textOf(await read(conversation.greet(patience())))).toBe(greeting);
    await conversation.close();
  });
});
