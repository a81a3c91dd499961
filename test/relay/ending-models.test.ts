// The warning of models that end soon, against the list of models that the sandbox's OpenAI gives.
import { describe, expect, it, onTestFinished } from 'vitest';
import { startOpenAi } from '../../sandbox/openai/openai.ts';
import { Agents } from '../../src/relay/agents.ts';
import { readSetup } from '../../src/relay/read-setup.ts';
import { SteppedClock } from '../support/clock.ts';

const DAY_MS = 86_400_000;

/** What the start says of models; `ends` in days from now. */
async function warnings(
  agentId: string,
  ends: Readonly<Record<string, number>>,
  env = {},
): Promise<string[]> {
  const openai = await startOpenAi({ apiKey: 'sk-1' });
  onTestFinished(() => openai.close());
  const clock = new SteppedClock();
  const dateIn = (days: number): string => new Date(clock.now() + days * DAY_MS).toISOString();
  for (const [model, days] of Object.entries(ends)) openai.shutdownDates[model] = dateIn(days);
  const setup = readSetup({
    OPENAI_API_KEY: 'sk-1',
    OPENAI_BASE_URL: openai.baseUrl,
    AGENT_WORKFLOW_ID: agentId,
    TWILIO_AUTH_TOKEN: 'token',
    WEBHOOK_URL: 'https://relay.sandbox',
    ...env,
  });
  const lines: string[] = [];
  await new Agents(setup, clock, (line) => lines.push(line)).lookUp();
  return lines;
}

describe('the start', () => {
  it('names every model in use that ends within 60 days, and the date', async () => {
    const lines = await warnings('model:gpt-6-luna', {
      'gpt-realtime-2.1-mini': 59.5,
      'gpt-transcribe': 1,
      'gpt-6-luna': 0.5,
      'gpt-realtime': 3,
    });
    expect(lines).toEqual([
      expect.stringMatching(
        /^REALTIME_MODEL uses .*gpt-realtime-2\.1-mini, which ends on \d{4}-\d\d-\d\d, in 60 days\./,
      ),
      expect.stringMatching(/^TRANSCRIPTION_MODEL uses .*gpt-transcribe, which ends on .*, in 1 day\./),
      expect.stringMatching(/^The agent model:gpt-6-luna uses .*gpt-6-luna, which ends on .*, in 1 day\./),
    ]);
  });

  it('names the model of a saved agent, and one that has ended', async () => {
    const lines = await warnings('agent_flowers', { sandbox: -2 });
    expect(lines).toEqual([
      expect.stringMatching(/^The agent agent_flowers uses .*sandbox, which ended on /),
    ]);
  });

  it('says nothing of later ends, or if the list cannot be read', async () => {
    expect(await warnings('agent_flowers', { 'gpt-transcribe': 61, sandbox: 400 })).toEqual([]);
    const env = { OPENAI_API_KEY: 'sk-other' };
    expect(await warnings('agent_flowers', { 'gpt-transcribe': 5 }, env)).toEqual([]);
  });
});
