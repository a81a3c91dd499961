// Outbound calls shared by two relay processes: watched, steered, ended and continued by the process that did not dial.
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { Mind } from '../../sandbox/openai/mind.ts';
import type { CallStore } from '../../src/call/call-store.ts';
import { aPostgresDatabase } from '../store/a-postgres.ts';
import { ANN, apiAt, MAY_CALL_OUT, REMINDER, settledAt, TOKEN } from '../support/calling-out.ts';
import { twoProcesses } from '../support/two-processes.ts';
import { type TwoRelays, twoRelays } from '../support/two-relays.ts';

const ECHO: Mind = ({ text }) => ({ text: `You said: ${text}` });

const AGENT = {
  env: { AGENT_WORKFLOW_ID: 'agent_out' },
  openAi: { agents: { agent_out: ECHO } },
};

/** The types of the events of a feed, as they come, until one of this type has. */
async function feedUntil(url: string, last: string): Promise<string[]> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  const types: string[] = [];
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    types.splice(0, types.length, ...[...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type ?? ''));
    if (types.includes(last)) break;
  }
  return types;
}

/** Two relays that may place outbound calls and share one database. */
async function sharing(test: TestContext, kind: CallStore['kind']): Promise<TwoRelays> {
  const database = kind === 'postgres' ? await aPostgresDatabase() : null;
  if (database !== null) test.onTestFinished(() => database.stop());
  const shared = database === null ? {} : { DATABASE_URL: database.url };
  return twoRelays(test, { ...AGENT, env: { ...MAY_CALL_OUT, ...AGENT.env, ...shared } });
}

describe.concurrent('outbound calls of two relays', () => {
  it('[C6] are watched and ended through the relay that does not carry them', async (test) => {
    const { sandbox, firstUrl } = await sharing(test, 'sqlite');
    // Long enough for its ringing to be told before its answer.
    const ann = sandbox.twilio.callee(ANN, 'answers', { ringMs: 1_000 });
    const { body } = await apiAt(firstUrl)('POST', '/calls', REMINDER);
    const feed = feedUntil(`${sandbox.relayUrl}/calls/${body.id}/events`, 'call-settled');
    const caller = await ann.answered;
    await caller.hears('You said: Hello?');
    const here = apiAt(sandbox.relayUrl);
    expect((await here('POST', `/calls/${body.id}/hangup`)).status).toBe(202);
    await caller.hears('Thank you, and goodbye.');
    const types = await feed;
    expect(types.filter((type) => /^call-(?!started)/.test(type))).toEqual([
      'call-queued',
      'call-dialled',
      'call-placed',
      'call-rang',
      'call-answered',
      'call-ended',
      'call-settled',
    ]);
    expect(sandbox.events).toEqual([]);
  });

  it.for(['sqlite', 'postgres'] as const)(
    '[C2] reach a number five times an hour at most, though both relays are asked at once (%s)',
    async (kind, test) => {
      const { sandbox, firstUrl } = await sharing(test, kind);
      sandbox.twilio.callee(ANN, 'busy');
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          apiAt(index % 2 === 0 ? firstUrl : sandbox.relayUrl)('POST', '/calls', REMINDER),
        ),
      );
      const codes = answers.map(({ status, body }) => (status === 202 ? 'placed' : body.error.code));
      expect(codes.toSorted()).toEqual([
        ...Array.from({ length: 5 }, () => 'placed'),
        ...Array.from({ length: 3 }, () => 'rate_limited'),
      ]);
    },
  );

  it.for(['sqlite', 'postgres'] as const)(
    '[C5] end as callee-busy when Twilio sends the status to the other relay (%s)',
    async (kind, test) => {
      const { sandbox, firstUrl } = await sharing(test, kind);
      sandbox.twilio.routeTo(sandbox.relayUrl);
      sandbox.twilio.callee(ANN, 'busy');
      const { body } = await apiAt(firstUrl)('POST', '/calls', REMINDER);
      expect(await settledAt(apiAt(firstUrl), body.id)).toMatchObject({ endReason: 'callee-busy' });
      expect(sandbox.events).toEqual([]);
    },
  );

  it('[C1] go on in another process when theirs dies while the phone rings', async (test) => {
    const env = { ...MAY_CALL_OUT, ...AGENT.env };
    const { sandbox, first, firstUrl } = await twoProcesses(test, { ...AGENT, env });
    const ann = sandbox.twilio.callee(ANN, 'answers', { ringMs: 1_500 });
    const { body } = await apiAt(firstUrl)('POST', '/calls', REMINDER);
    await ann.rang;
    const here = apiAt(sandbox.relayUrl);
    await vi.waitFor(async () => {
      const { stage } = (await here('GET', `/calls/${body.id}`)).body;
      expect(stage).toMatch(/dialling|ringing/);
    }, 30_000);
    sandbox.twilio.routeTo(sandbox.relayUrl);
    first.kill('SIGKILL');
    const caller = await ann.answered;
    await caller.hears('You said: Hello?');
    caller.hangsUp();
    expect(await settledAt(here, body.id)).toMatchObject({ endReason: 'caller-hung-up' });
    expect(sandbox.twilio.orders).toHaveLength(1);
  });
});
