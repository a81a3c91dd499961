// The limits of requests to an agent, whatever its kind. The far end is slow on the same clock as the relay, so a wait of
// 15 s takes no time.
import { describe, expect, it, onTestFinished } from 'vitest';
import { openaiClient } from '../../src/agent/agent-kind.ts';
import { failedWith } from '../../src/agent/failures.ts';
import { chooseAgent } from '../../src/agent/kinds.ts';
import { TurningClock } from '../support/turning-clock.ts';
import { FarEnd, GREETED, message, optionsFor, patience, read, textOf } from './far-end.ts';

async function farEndOn(clock: TurningClock): Promise<FarEnd> {
  const farEnd = await FarEnd.start(clock);
  onTestFinished(() => farEnd.stop());
  return farEnd;
}

const KINDS = ['agent_scripted', 'model:scripted', 'chat:scripted'] as const;

describe('a request to an agent', () => {
  it.each(KINDS)('[A1] waits for headers as long as AGENT_TIMEOUT_MS says (%s)', async (id) => {
    const clock = new TurningClock();
    const farEnd = await farEndOn(clock);
    farEnd.faults.only = /^POST/;
    farEnd.faults.slowMs = 15_000;
    const agent = chooseAgent(
      id,
      optionsFor({ ...reachOf(farEnd), agentTimeoutMs: 20_000, retries: 0 }, { clock }),
    );
    const conversation = agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    await conversation.close();
  });

  it('never meets the timer of the SDK first', () => {
    const client = openaiClient(optionsFor({ baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'sk' }));
    expect(client.timeout).toBeGreaterThan(300_000);
  });

  it.each([
    ['before its first byte', 'hangNext'],
    ['in mid-body', 'stallNext'],
  ] as const)('[A1] [T8] times out when the answer stops %s', async (_, fault) => {
    const clock = new TurningClock();
    const farEnd = await farEndOn(clock);
    farEnd.faults.only = /^POST/;
    farEnd.faults[fault] = 1;
    const options = optionsFor({ ...reachOf(farEnd), agentTimeoutMs: 5000, retries: 0 }, { clock });
    const conversation = chooseAgent('model:scripted', options).open(GREETED);
    const askedAt = clock.now();
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('<timeout>');
    expect(clock.now() - askedAt).toBeLessThan(6000);
    await conversation.close();
  });

  it('[A1] that only looks something up is given up after 10 s, whatever AGENT_TIMEOUT_MS says', async () => {
    const clock = new TurningClock();
    const farEnd = await farEndOn(clock);
    farEnd.faults.stallNext = 1;
    const options = optionsFor({ ...reachOf(farEnd), agentTimeoutMs: 60_000, retries: 0 }, { clock });
    const askedAt = clock.now();
    const failure = await openaiClient(options)
      .models.list()
      .then(() => null, failedWith);
    expect(failure).toMatchObject({ failure: 'timeout' });
    expect(clock.now() - askedAt).toBeLessThan(11_000);
  });
});

function reachOf({ baseUrl, apiKey }: FarEnd) {
  return { baseUrl, apiKey };
}
