// The sandbox's Foundry agent and its Entra, driven by the vendor's client as Microsoft's documentation has it.
import { OpenAI } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENTRA } from '../../sandbox/foundry/foundry.ts';
import { fieldsOf } from '../../src/call/json.ts';
import { FarEnd } from '../agent/far-end.ts';

const SCOPE = 'https://ai.azure.com/.default';
const FORM = {
  grant_type: 'client_credentials',
  client_id: ENTRA.clientId,
  client_secret: ENTRA.clientSecret,
  scope: SCOPE,
};

let farEnd: FarEnd;
let origin: string;

beforeEach(async () => {
  farEnd = await FarEnd.start();
  ({ origin } = new URL(farEnd.baseUrl));
});

afterEach(() => farEnd.stop());

const entra = (form: object = {}, tenant = ENTRA.tenantId): Promise<Response> =>
  fetch(`${origin}/entra/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...FORM, ...form }),
  });

async function token(): Promise<string> {
  return String(fieldsOf(await (await entra()).json())['access_token']);
}

const client = (apiKey: string | (() => Promise<string>) = token, version = 'v1'): OpenAI =>
  new OpenAI({
    apiKey,
    baseURL: `${origin}/foundry/api/projects/shop/agents/agent_scripted/endpoint/protocols/openai`,
    defaultQuery: { 'api-version': version },
    maxRetries: 0,
  });

describe('the Foundry agent of the sandbox', () => {
  it('answers without a model, and goes on from a response', async () => {
    farEnd.replies = [{ text: 'Hello, Ann.' }, { text: 'Ann.' }];
    const first = await client().responses.create({ input: 'I am Ann.' });
    const second = await client().responses.create({ input: 'Who am I?', previous_response_id: first.id });
    expect(second.output_text).toBe('Ann.');
    expect(farEnd.known).toMatch(/I am Ann\.[^]*Hello, Ann\.[^]*Who am I\?$/);
    expect(farEnd.foundry.sandboxes).toEqual(['sandbox-1', 'sandbox-2']);
  });

  it.each([
    ['an API key', () => client('sk-sandbox'), {}, 401],
    ['no version', () => client(token, ''), {}, 400],
    ['a model', () => client(), { model: 'gpt-6-luna' }, 400],
    ['instructions', () => client(), { instructions: 'Sell.' }, 400],
    ['an unknown response', () => client(), { previous_response_id: 'resp_9' }, 400],
  ])('refuses %s', async (_, made, change, status) => {
    await expect(made().responses.create({ input: 'Hi.', ...change })).rejects.toMatchObject({ status });
  });

  it('refuses a token that has ended', async () => {
    farEnd.foundry.tokenSeconds = 0;
    await expect(client().responses.create({ input: 'Hi.' })).rejects.toMatchObject({ status: 401 });
  });
});

it.each([
  ['another tenant', {}, 'elsewhere', 400, 'invalid_tenant'],
  ['a wrong secret', { client_secret: 'x' }, ENTRA.tenantId, 401, 'invalid_client'],
  ['a wrong client', { client_id: 'x' }, ENTRA.tenantId, 400, 'unauthorized_client'],
  ['another scope', { scope: 'openid' }, ENTRA.tenantId, 400, 'invalid_scope'],
  ['a password', { grant_type: 'password' }, ENTRA.tenantId, 400, 'unsupported_grant_type'],
])('the Entra of the sandbox refuses %s', async (_, form, tenant, status, error) => {
  const answer = await entra(form, tenant);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ error });
});
