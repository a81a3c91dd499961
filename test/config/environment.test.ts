import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, readProcesses, variables } from '../../src/config/environment.ts';

const NEEDED = {
  OPENAI_API_KEY: 'sk-test',
  AGENT_WORKFLOW_ID: 'agent_1',
  TWILIO_AUTH_TOKEN: 'secret',
  WEBHOOK_URL: 'https://Relay.example/',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env, () => null);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs four variables, has defaults for the rest, and returns a frozen config', () => {
    const config = loadConfig(NEEDED, () => null);
    expect(config).toMatchObject({ port: 5000, webhookUrl: 'https://relay.example', bargeInMs: 400 });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('names every problem at once, and what to do about it', () => {
    const problems = problemsOf({ PORT: 'five', VAD_THRESHOLD: '2', LOG_LEVEL: 'loud', LANGUAGE: 'english' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'OPENAI_API_KEY',
      'AGENT_WORKFLOW_ID',
      'TWILIO_AUTH_TOKEN',
      'WEBHOOK_URL',
      'PORT',
      'LANGUAGE',
      'VAD_THRESHOLD',
      'LOG_LEVEL',
    ]);
    expect(problems[0]).toContain('https://platform.openai.com/api-keys');
  });

  it.each([
    'http://relay.example',
    'https://relay.example/voice',
    'https://relay.example?x=1',
    'relay.example',
  ])('[O1] rejects %s as WEBHOOK_URL', (url) => {
    expect(problemsOf({ ...NEEDED, WEBHOOK_URL: url })).toHaveLength(1);
  });

  it("applies the agent side's rule to the agent's ID", () => {
    expect(() => loadConfig(NEEDED, (id) => `${id} is gone.`)).toThrow('AGENT_WORKFLOW_ID agent_1 is gone.');
  });

  it.for(['gpt-live-transcribe', 'gpt-realtime-whisper-2026-05-07'])(
    '[R9] refuses %s, which takes no voice detection',
    (model) => {
      expect(problemsOf({ ...NEEDED, TRANSCRIPTION_MODEL: model })).toEqual([
        `TRANSCRIPTION_MODEL is ${model}, which takes no voice detection, so that no utterance would ever end. Use gpt-transcribe.`,
      ]);
    },
  );

  it('takes AGENT_BASE_URL with a query, and without credentials', () => {
    const url = 'https://agent.example/openai?api-version=v1';
    expect(loadConfig({ ...NEEDED, AGENT_BASE_URL: url }, () => null).agentBaseUrl).toBe(url);
    const problems = problemsOf({ ...NEEDED, AGENT_BASE_URL: 'https://ann:hunter2@agent.example' });
    expect(problems).toEqual([expect.stringMatching(/^AGENT_BASE_URL must be/)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('reads AGENT_HEADERS as JSON, and quotes none of it', () => {
    const headers = { 'x-key': 'hunter2', 'x-call': '{call}' };
    const config = loadConfig({ ...NEEDED, AGENT_HEADERS: JSON.stringify(headers) }, () => null);
    expect(config.agentHeaders).toEqual(headers);
    for (const wrong of [
      'x-key: hunter2',
      '["hunter2"]',
      '{"x key":"hunter2"}',
      '{"x-key":"hunter2\\n"}',
      '{"x":2}',
    ]) {
      const problems = problemsOf({ ...NEEDED, AGENT_HEADERS: wrong });
      expect(problems).toEqual([expect.stringMatching(/^AGENT_HEADERS must be a JSON object/)]);
      expect(problems.join()).not.toContain('hunter2');
    }
  });

  it('has Entra credentials only when all three are set: a machine on Azure may set one for itself', () => {
    const some = { ...NEEDED, AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' };
    expect(loadConfig(some, () => null).azure).toBeNull();
    expect(loadConfig({ ...some, AZURE_CLIENT_SECRET: 's' }, () => null).azure).toEqual({
      tenantId: 't',
      clientId: 'c',
      clientSecret: 's',
      authorityHost: 'https://login.microsoftonline.com',
    });
  });

  it('shows no secret in a problem', () => {
    const problems = problemsOf({
      ...NEEDED,
      TWILIO_ACCOUNT_SID: 'hunter2',
      WEBHOOK_URL: 'https://u:hunter2@x.y',
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('[R10] PROCESSES', () => {
  it.each([
    [{}, 1],
    [{ WEB_CONCURRENCY: '3' }, 3],
    [{ WEB_CONCURRENCY: '3', PROCESSES: '2' }, 2],
    [{ PROCESSES: 'auto' }, availableParallelism()],
  ])('with %j makes %i', (env, count) => {
    expect(loadConfig({ ...NEEDED, ...env }, () => null).processes).toBe(count);
    expect(readProcesses(env).processes).toBe(count);
  });

  it.each(['0', '1.5', 'all', '65'])('refuses %s, and the one process says so', (value) => {
    expect(problemsOf({ ...NEEDED, PROCESSES: value })[0]).toMatch(/^PROCESSES must be/);
    expect(readProcesses({ PROCESSES: value }).processes).toBe(1);
  });
});

describe('a retired variable', () => {
  it('still works, and names its replacement', () => {
    const config = loadConfig({ ...NEEDED, MAX_FAILED_TURNS: '5', OUTBOUND_COUNTRIES: 'US' }, () => null);
    expect(config).toMatchObject({ maxFailedTurns: 5, outboundAllow: 'US' });
    expect(config.warnings).toEqual([
      'The next version ignores MAX_FAILED_TURNS. It will always be 3.',
      'The next version ignores OUTBOUND_COUNTRIES. List the countries in OUTBOUND_ALLOW, such as OUTBOUND_ALLOW=US,CA.',
    ]);
  });

  it('gives no warning while it is not set', () => {
    expect(loadConfig(NEEDED, () => null).warnings).toEqual([]);
  });

  it('gives the agent half of AGENT_TIMEOUT_MS between two words, and at least 10 s', () => {
    expect(loadConfig({ ...NEEDED, AGENT_TIMEOUT_MS: '60000' }, () => null).agentStallMs).toBe(30_000);
    expect(loadConfig({ ...NEEDED, AGENT_TIMEOUT_MS: '6000' }, () => null).agentStallMs).toBe(10_000);
  });
});

describe('the documents about the variables', () => {
  const names = variables().map(({ name }) => name);

  it('.env.example lists all of them in the same order with their defaults', () => {
    const example = readFileSync('.env.example', 'utf8');
    const lines = [...example.matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => ({
      name,
      value,
    }));
    expect(lines).toEqual(variables().map(({ name, fallback }) => ({ name, value: fallback ?? '' })));
    const set = Object.keys(parse(example));
    expect(set).toEqual(variables().flatMap(({ name, fallback }) => (fallback === null ? [name] : [])));
  });

  it('the table in docs/configuration.md has them all, in the same order, with their defaults', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.*?) \|/gm)].map(([, name, value]) => ({
      name,
      value,
    }));
    expect(rows.map(({ name }) => name)).toEqual(names);
    for (const [index, { fallback }] of variables().entries()) {
      const wanted = fallback === null ? '**needed**' : fallback === '' ? '–' : `\`${fallback}\``;
      expect(rows[index]?.value).toBe(wanted);
    }
  });
});
