// Money, in whole calls: what the API says a call cost, and what follows once too much is spent.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { callingOut, REMINDER } from '../support/calling-out.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const NUMBER = '+15550002222';
const APOLOGY = 'nobody can take your call right now';

/** A relay on which one call of a caller spends the day's budget. */
async function relayThatIsBroke(test: TestContext, profile: object) {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-costs-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'profiles.json');
  writeFileSync(file, JSON.stringify({ numbers: { [NUMBER]: profile } }));
  const out = await callingOut(test, { env: { PROFILES: file, DAILY_BUDGET: '0.001' } });
  const first = await out.sandbox.call({ to: NUMBER });
  await first.hears('How can I help you?');
  first.hangsUp();
  await expect
    .poll(async () => (await out.api('POST', '/calls', REMINDER)).body.error?.code)
    .toBe('budget_spent');
  return out;
}

describe.concurrent('what calls cost', () => {
  it('is in the API by owner, and adds up', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('When are you open?');
    await caller.hears('you can order online.');
    caller.hangsUp();
    await sandbox.happened('call-ended');
    const response = await fetch(`${sandbox.relayUrl}/calls/${caller.sid}`, {
      headers: { authorization: `Bearer ${sandbox.env['OPERATOR_TOKEN'] ?? ''}` },
    });
    const { cost } = (await response.json()) as {
      cost: { usd: number; lines: { owner: string; usd: number | null }[] };
    };
    expect(new Set(cost.lines.map(({ owner }) => owner))).toEqual(
      new Set(['ears', 'voice', 'agent', 'carrier']),
    );
    const sum = cost.lines.reduce((all, { usd }) => all + (usd ?? 0), 0);
    expect(cost.usd).toBeCloseTo(sum, 6);
    expect(cost.usd).toBeGreaterThan(0.0129);
  });

  it('over the budget of the day: no outbound calls, and inbound ones are answered', async (test) => {
    const { sandbox, api } = await relayThatIsBroke(test, {});
    const refused = await api('POST', '/calls', REMINDER);
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const caller = await sandbox.call({ to: NUMBER });
    await caller.hears('How can I help you?');
    caller.hangsUp();
  });

  it('over the budget, as the profile says: the caller hears so, and the call ends', async (test) => {
    const { sandbox } = await relayThatIsBroke(test, { overBudget: 'say' });
    const caller = await sandbox.call({ to: NUMBER });
    await caller.hears(APOLOGY);
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    await vi.waitFor(() => {
      const reasons = sandbox.events.flatMap((event) => (event.type === 'call-ended' ? [event.reason] : []));
      expect(reasons).toContain('over-budget');
    }, 10_000);
  });

  it('over the budget, as the profile says: a human takes the call', async (test) => {
    const { sandbox } = await relayThatIsBroke(test, { overBudget: 'transfer', transferTo: '+15559990000' });
    const caller = await sandbox.call({ to: NUMBER });
    await caller.hears(APOLOGY);
    expect(await sandbox.happened('transfer-began')).toMatchObject({ to: '+15559990000' });
    caller.hangsUp();
  });

  it('over the most of one call: it ends politely', async (test) => {
    const sandbox = await quickSandbox(test, { env: { MAX_CALL_COST: '0.001' } });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('When are you open?');
    await caller.hears('Thank you, and goodbye.');
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'too-costly' });
  });
});
