// Several businesses on one relay: the number that was called decides who answers, how they sound, and when.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Heard } from '../../sandbox/openai/mind.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const FLOWERS = '+15550002222';
const DENTIST = '+15550003333';
const HUMAN = '+15550100100';

/** The path of a file with these numbers in it. */
function profiles({ onTestFinished }: TestContext, numbers: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'profiles.json');
  const personas = { calm: { voice: 'cedar', speed: 0.9, tone: 'calm' } };
  writeFileSync(path, JSON.stringify({ personas, numbers }));
  return path;
}

/** Hours that are over whenever a test runs. */
const NEVER_OPEN = {
  timeZone: 'America/New_York',
  hours: { 'mon-sun': '00:00-00:01' },
  closedOn: everyDay(),
};

function everyDay(): string[] {
  const days = Array.from({ length: 3 }, (_, day) => new Date(Date.now() + (day - 1) * 86_400_000));
  return days.map((day) => day.toISOString().slice(0, 10));
}

describe.concurrent('profiles', () => {
  it('two numbers are two businesses, each in its own voice', async (test) => {
    const sandbox = await quickSandbox(test, {
      env: {
        PROFILES: profiles(test, {
          [DENTIST]: { agent: 'agent_dentist', persona: 'calm', greeting: 'Good day, Harbour Dental.' },
        }),
      },
    });
    const [ann, bob] = await Promise.all([sandbox.call({ to: FLOWERS }), sandbox.call({ to: DENTIST })]);
    await Promise.all([ann.hears('Hello, this is Bloom and Stem.'), bob.hears('Good day, Harbour Dental.')]);
    await Promise.all([ann.says('When are you open?'), bob.says('When are you open?')]);
    await Promise.all([ann.hears('We are open from 9 to 6'), bob.hears('The practice is open on weekdays')]);
    const outputs = sandbox.openAi.realtime.settings.map(({ audio }) => audio?.output);
    expect(outputs).toContainEqual(expect.objectContaining({ voice: 'marin' }));
    expect(outputs).toContainEqual(expect.objectContaining({ voice: 'cedar', speed: 0.9 }));
    ann.hangsUp();
    bob.hangsUp();
  });

  it('outside its hours a business says so and hangs up', async (test) => {
    const outsideHours = { say: 'We are closed today.' };
    const sandbox = await quickSandbox(test, {
      env: { PROFILES: profiles(test, { [DENTIST]: { ...NEVER_OPEN, outsideHours } }) },
    });
    const caller = await sandbox.call({ to: DENTIST });
    await caller.hears('We are closed today.');
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'closed' });
    const other = await sandbox.call({ to: FLOWERS });
    await other.hears('Hello, this is Bloom and Stem.');
    other.hangsUp();
  });

  it('outside its hours a business says so and calls a human', async (test) => {
    const outsideHours = { say: 'We are closed. One moment.', action: 'transfer', to: HUMAN };
    const sandbox = await quickSandbox(test, {
      env: { PROFILES: profiles(test, { [DENTIST]: { ...NEVER_OPEN, outsideHours } }) },
    });
    const human = sandbox.twilio.callee(HUMAN);
    const caller = await sandbox.call({ to: DENTIST });
    await caller.hears('We are closed. One moment.');
    expect(await human.joined).toBe(caller.sid);
    human.hangsUp();
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
  });

  it('the agent receives both numbers, its local time, and the parameters of the called number', async (test) => {
    const told: string[] = [];
    const mind = ({ history, text }: Heard) => {
      told.push(...history.map((one) => one.text), text);
      return { text: 'Yes.' };
    };
    const sandbox = await quickSandbox(test, {
      env: { AGENT_WORKFLOW_ID: 'agent_listener', TIME_ZONE: 'Asia/Tokyo' },
      openAi: { agents: { agent_listener: mind } },
    });
    const caller = await sandbox.call({ query: '?campaign=spring%20sale' });
    await caller.hears('How can I help you?');
    await caller.says('Hello.');
    await caller.hears('Yes.');
    const known = told.join('\n');
    expect(known).toContain('inbound phone call from +15550001111 to +15550002222');
    expect(known).toContain('campaign: spring sale.');
    const hour = new Date().toLocaleString('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit' });
    expect(known).toMatch(new RegExp(`, ${hour}:\\d\\d`));
    expect(known).toContain('"Hello, this is Bloom and Stem. How can I help you?"');
    caller.hangsUp();
  });

  it('and receives none of the notes that its profile turns off', async (test) => {
    const told: string[] = [];
    const mind = ({ history, text }: Heard) => {
      told.push(...history.map((one) => one.text), text);
      return { text: 'Yes, of course, we have flowers of every kind.' };
    };
    const sandbox = await quickSandbox(test, {
      env: {
        AGENT_WORKFLOW_ID: 'agent_listener',
        PROFILES: profiles(test, { [FLOWERS]: { notesOff: ['context', 'interrupted'] } }),
      },
      openAi: { agents: { agent_listener: mind } },
    });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Hello.');
    await caller.hears('Yes, of course');
    await caller.says('Wait, stop there.');
    await caller.hears('Yes, of course');
    expect(told.join('\n')).not.toMatch(/\+1555|interrupted|heard only/);
    caller.hangsUp();
  });
});
