// What inbound calls bring back where their profile wants it: result, summary and callbacks, from the greeting to the receiver.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { verifyCallback } from '../../src/outbound/callbacks/callback-signature.ts';
import type { Heard, Mind } from '../../sandbox/openai/mind.ts';
import { aReceiver } from '../support/callback-receiver.ts';
import { apiAt, MAY_CALL_OUT, settledAt } from '../support/calling-out.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const DENTIST = '+15550003333';
const SCHEMA = {
  type: 'object',
  properties: { day: { type: 'string' }, isNew: { type: 'boolean' } },
};
const SUMMARY = 'The caller asked for an appointment.';

/** A practice's agent, that is asked once more when the call is over. */
function practice(asked: Heard[], result: object): Mind {
  return (heard) => {
    if (!heard.text.includes('The phone call is over.')) return { text: 'Which day suits you?' };
    asked.push(heard);
    const answer = { result, evidence: {}, summary: SUMMARY };
    return { text: JSON.stringify(heard.text.includes('"summary"') ? answer : { result }) };
  };
}

async function aPractice(test: TestContext, profile: object, result: object = { day: 'Friday' }, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'profiles.json');
  const greeting = 'Good day, Harbour Dental.';
  writeFileSync(
    path,
    JSON.stringify({ numbers: { [DENTIST]: { agent: 'agent_practice', greeting, ...profile } } }),
  );
  const asked: Heard[] = [];
  const sandbox = await quickSandbox(test, {
    env: { ...MAY_CALL_OUT, PROFILES: path, ...env },
    openAi: { agents: { agent_practice: practice(asked, result) } },
  });
  return { sandbox, asked, api: apiAt(sandbox.relayUrl) };
}

const listSchema = z.object({ calls: z.array(z.object({ id: z.string() })) });

/** Somebody calls the practice and wants Friday. */
async function someoneCalls(
  { sandbox, api }: Awaited<ReturnType<typeof aPractice>>,
  says = 'Friday, I think.',
) {
  const caller = await sandbox.call({ to: DENTIST });
  await caller.hears('Good day, Harbour Dental.');
  await caller.says(says);
  await caller.hears('Which day suits you?');
  caller.hangsUp();
  await caller.ended;
  const [call] = listSchema.parse((await api('GET', '/calls')).body).calls;
  return settledAt(api, call?.id ?? '');
}

describe.concurrent('[C12] an inbound call of a profile that wants it', () => {
  it('brings result, evidence and summary; the agent is asked once, in its conversation', async (test) => {
    const stage = await aPractice(test, { result: SCHEMA, summary: true });
    const call = await someoneCalls(stage);
    expect(call).toMatchObject({
      direction: 'inbound',
      isSettled: true,
      result: {
        status: 'answered',
        value: { day: 'Friday' },
        findings: [
          { pointer: '/day', is: 'hedged', evidence: [{ who: 'caller', text: 'Friday, I think.' }] },
        ],
        summary: SUMMARY,
      },
    });
    expect(stage.asked).toHaveLength(1);
    const history = stage.asked[0]?.history.map(({ text }) => text) ?? [];
    expect(history.join('\n')).toContain('Which day suits you?');
  });

  it('brings a summary alone', async (test) => {
    const stage = await aPractice(test, { summary: true }, {});
    const { result } = await someoneCalls(stage);
    expect(result).toEqual({ status: 'answered', value: null, findings: [], summary: SUMMARY });
    expect(stage.asked[0]?.text).not.toContain('JSON Schema');
  });

  it('reports its end and its result to the callback, signed, with a link to the call', async (test) => {
    const receiver = await aReceiver(test);
    const stage = await aPractice(test, { result: SCHEMA, summary: true, callbackUrl: receiver.url });
    const { id } = await someoneCalls(stage, 'Friday, please.');
    await receiver.hasResult;
    const told = receiver.received.map(({ headers, body }) => {
      const signature = String(headers['patchcord-signature']);
      expect(verifyCallback('callback-secret', signature, body, Date.now() / 1000)).toBe(true);
      return JSON.parse(body) as Record<string, unknown>;
    });
    expect(told.map(({ type }) => type)).toEqual(['call.ended', 'call.result']);
    expect(told[1]).toMatchObject({
      endReason: 'caller-hung-up',
      durationS: expect.any(Number),
      cost: { usd: expect.any(Number), isEstimate: true, lines: expect.any(Array) },
      call: {
        id,
        direction: 'inbound',
        to: DENTIST,
        profile: DENTIST,
        url: expect.stringMatching(`/app/calls/${id}$`),
      },
      result: { findings: [{ is: 'supported' }], summary: SUMMARY },
    });
  });

  it('is not asked about if the caller said nothing', async (test) => {
    const stage = await aPractice(test, { result: SCHEMA });
    const caller = await stage.sandbox.call({ to: DENTIST });
    await caller.hears('Good day, Harbour Dental.');
    caller.hangsUp();
    await caller.ended;
    const [call] = listSchema.parse((await stage.api('GET', '/calls')).body).calls;
    const { result } = await settledAt(stage.api, call?.id ?? '');
    expect(result).toEqual({ status: 'not-reached', why: 'caller-hung-up' });
    expect(stage.asked).toEqual([]);
  });

  it('keeps no word of it where no words are kept, and tells the receiver all the same', async (test) => {
    const receiver = await aReceiver(test);
    const wishes = { result: SCHEMA, summary: true, callbackUrl: receiver.url };
    const stage = await aPractice(test, wishes, undefined, { STORE_TRANSCRIPTS: '0' });
    const { result } = await someoneCalls(stage);
    await receiver.hasResult;
    expect(receiver.received.at(-1)?.body).toContain(SUMMARY);
    expect(result).toEqual({ status: 'answered', value: null, findings: [] });
  });
});

describe.concurrent('an inbound call of a profile that wants nothing', () => {
  it('is settled when it ends, and its agent is not asked', async (test) => {
    const stage = await aPractice(test, {});
    expect(await someoneCalls(stage)).toMatchObject({ isSettled: true, result: null, callbacks: [] });
    expect(stage.asked).toEqual([]);
  });
});
