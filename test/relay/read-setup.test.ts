import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/environment.ts';
import { readSetup } from '../../src/relay/read-setup.ts';

const NEEDED = {
  OPENAI_API_KEY: 'sk-test',
  AGENT_WORKFLOW_ID: 'agent_1',
  TWILIO_AUTH_TOKEN: 'secret',
  WEBHOOK_URL: 'https://relay.example',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readSetup(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readSetup', () => {
  it('names the problems of every part in one round', () => {
    const problems = problemsOf({
      PORT: 'five',
      QUIET_HOURS: 'at night',
      OUTBOUND_ALLOW: 'Atlantis',
      DATABASE_URL: 'sqlite:/no/such/dir/calls.db',
      PROFILES: 'no-such-file.json',
    });
    const named = problems.map((problem) => problem.split(' ')[0]);
    expect(named).toEqual([
      'OPENAI_API_KEY',
      'AGENT_WORKFLOW_ID',
      'TWILIO_AUTH_TOKEN',
      'WEBHOOK_URL',
      'PORT',
      'DATABASE_URL',
      'OUTBOUND_ALLOW',
      'QUIET_HOURS',
      'PROFILES',
    ]);
  });

  it('says which folder of the database does not exist', () => {
    expect(problemsOf({ ...NEEDED, DATABASE_URL: 'sqlite:/no/such/dir/calls.db' })).toEqual([
      'DATABASE_URL names a file in /no/such/dir, which does not exist. Make that folder first.',
    ]);
  });

  it.each([
    ['OPENAI_API_KEY', 'sk-abc…'],
    ['OPENAI_API_KEY', '“sk-abc”'],
    ['TWILIO_AUTH_TOKEN', 'a b'],
    ['AGENT_API_KEY', 'sk-\u0000'],
  ])('refuses %s with a character that no key has, and does not show it', (name, value) => {
    const problems = problemsOf({ ...NEEDED, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} has a character that no key has`));
    expect(problems[0]).not.toContain(value);
  });

  it('warns of a name that looks misspelt, and of no other', () => {
    const { config } = readSetup({
      ...NEEDED,
      AGENT_INSTRUCTION_FILE: 'shop.txt',
      HOSTNAME: 'a',
      LOGNAME: 'b',
    });
    expect(config.warnings).toEqual([
      'AGENT_INSTRUCTION_FILE is not read: did you mean AGENT_INSTRUCTIONS_FILE?',
    ]);
  });
});
