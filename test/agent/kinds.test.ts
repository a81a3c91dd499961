import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseAgent, problemWithAgentId, shownAgentId } from '../../src/agent/kinds.ts';
import { FarEnd, optionsFor, patience, read, textOf, UNGREETED } from './far-end.ts';

const PLACES = { openaiBaseUrl: 'https://openai.example/v1', agentBaseUrl: '' };
const OPTIONS = { ...optionsFor({ baseUrl: '', apiKey: 'sk' }), ...PLACES };

describe('the ID of an agent', () => {
  it.each([
    ['agent_68f0', 'agents-api'],
    ['any-other-id', 'agents-api'],
    ['model:gpt-6-luna', 'model'],
    ['asst_123', 'assistants'],
    ['https://agent.example/chatkit', 'chatkit'],
    ['http://localhost:8000/chatkit', 'chatkit'],
    ['http://127.0.0.1:8000', 'chatkit'],
    ['agui:https://agent.example/run?key=a', 'agui'],
    ['hook:https://shop.example/agent', 'hook'],
    ['hook:n8n:https://n8n.example/webhook/1/chat', 'hook'],
    ['hook:dify:https://api.dify.ai/v1', 'hook'],
    ['aisdk:https://shop.example/api/chat', 'aisdk'],
    ['./agent.ts', 'module'],
    ['../agent.ts', 'module'],
    ['/srv/agent.ts', 'module'],
  ] as const)('%s picks the kind %s', (id, kind) => {
    expect(problemWithAgentId(id, PLACES)).toBeNull();
    expect(chooseAgent(id, OPTIONS).kind).toBe(kind);
  });

  it('refuses chat:<model> without AGENT_BASE_URL', () => {
    expect(problemWithAgentId('chat:llama-3', PLACES)).toMatch(/AGENT_BASE_URL/);
    const places = { ...PLACES, agentBaseUrl: 'http://localhost:11434/v1' };
    expect(problemWithAgentId('chat:llama-3', places)).toBeNull();
    expect(chooseAgent('chat:llama-3', { ...OPTIONS, ...places }).kind).toBe('chat');
  });

  it('refuses responses:<model> without AGENT_BASE_URL', () => {
    expect(problemWithAgentId('responses:shop', PLACES)).toMatch(/AGENT_BASE_URL/);
    const places = { ...PLACES, agentBaseUrl: 'https://agent.example/v1?api-version=v1' };
    expect(problemWithAgentId('responses:shop', places)).toBeNull();
    expect(chooseAgent('responses:shop', { ...OPTIONS, ...places }).kind).toBe('responses');
  });

  it.each(['https://api.openai.com/v1', 'https://eu.api.openai.com/v1'])(
    'refuses an assistant at %s, with the date and the alternatives',
    (openaiBaseUrl) => {
      const places = { ...PLACES, openaiBaseUrl };
      expect(problemWithAgentId('asst_123', places)).toMatch(/2026-08-26.*Agents API.*OPENAI_BASE_URL/);
    },
  );

  it.each([
    ['pmpt_123', /2026-11-30.*npm run agent -- create.*"model:".*AGENT_INSTRUCTIONS_FILE.*ChatKit server/],
    ['wf_123', /2026-11-30.*npm run agent -- create.*"model:".*AGENT_INSTRUCTIONS_FILE.*ChatKit server/],
    ['', /is empty/],
    ['  ', /is empty/],
    ['model:', /names no model/],
    ['chat: ', /names no model/],
    ['http://agent.example/chatkit', /must be https/],
    ['https://ann:secret@agent.example', /AGENT_API_KEY/],
    ['https://', /is no URL/],
    ['agui:https://ann:secret@agent.example', /AGENT_API_KEY/],
    ['agui:http://agent.example', /must be https/],
    ['agui:', /is no URL/],
    ['hook:make:https://agent.example', /no preset.*n8n, dify, flowise, chatbase/],
    ['hook:dify:http://agent.example', /must be https/],
    ['hook:https://ann:secret@agent.example', /AGENT_API_KEY/],
    ['hook:./none.json', /cannot be read/],
    ['AGUI:https://agent.example?key=secret', /no ID of an agent/],
    ['HTTPS://ann:secret@agent.example', /AGENT_API_KEY/],
    ['ann:secret@agent.example/chatkit', /no ID of an agent/],
    ['wss://agent.example?key=secret', /no ID of an agent/],
    ['agent.example/chatkit?key=secret', /no ID of an agent/],
    ['agent_1 agent_2', /no ID of an agent/],
  ])('refuses "%s" and says why', (id, why) => {
    expect(problemWithAgentId(id, PLACES)).toMatch(why);
    expect(problemWithAgentId(id, PLACES)).not.toContain('secret');
    expect(() => chooseAgent(id, OPTIONS)).toThrow(why);
  });
});

it.each([
  ['https://agent.example/chatkit?key=secret#secret', 'https://agent.example/chatkit'],
  ['https://ann:secret@agent.example:8000/', 'https://agent.example:8000/'],
  ['hook:n8n:https://ann:secret@agent.example/webhook?key=secret', 'hook:n8n:https://agent.example/webhook'],
  ['agent_1', 'agent_1'],
  ['model:gpt-6-luna', 'model:gpt-6-luna'],
  ['./agent.ts', './agent.ts'],
])('%s is shown as %s', (id, shown) => {
  expect(shownAgentId(id)).toBe(shown);
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
    ['model:gpt-6-luna', 'model', 'Hello, this is Bloom and Stem. How can I help you?'],
  ])('answers as the business of %s', async (id, kind, greeting) => {
    const { baseUrl, apiKey } = farEnd;
    const agent = chooseAgent(id, { ...OPTIONS, openaiApiKey: apiKey, openaiBaseUrl: baseUrl });
    expect(agent.kind).toBe(kind);
    const conversation = agent.open(UNGREETED);
    expect(textOf(await read(conversation.greet(patience())))).toBe(greeting);
    await conversation.close();
  });
});
