// A call whose process is killed in mid-sentence: the relay as it really runs, two processes behind one port. The one that is
// left asks where they were and goes on.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inboundIdOf } from '../../src/call/call-id.ts';
import type { Caller } from '../caller/caller.ts';
import { type Choices, FAR_ENDS, sandboxOptionsOf } from '../choices.ts';
import { Machine } from '../processes/machine.ts';
import { SANDBOX_ENV, startFarEnds } from '../sandbox.ts';
import { type DemoCall, problemsOfTwilio, type Surroundings } from './demo-call.ts';
import { GOODBYE, hears, HOURS, PRICES, says } from './scripted-call.ts';
import { tell } from './telling.ts';

const PROCESSES = 2;
const WHERE_WERE_WE = 'Sorry, where were we?';

export async function haveKilledCall(
  choices: Choices,
  { env: given, voice }: Surroundings,
): Promise<DemoCall> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const options = { ...given, DATABASE_URL: `sqlite:${join(folder, 'calls.db')}`, MAX_LOOP_DELAY_MS: '0' };
  const { env, openAi, twilio } = await startFarEnds(sandboxOptionsOf(choices, options, voice));
  const problems: string[] = [];
  const machine = new Machine(
    {
      // Empty, they are read from no `.env`.
      env: { ...withoutFarEnds(), PATH: process.env['PATH'] ?? '', ...env },
      cwd: process.cwd(),
      onProblem: (problem) => problems.push(problem),
    },
    PROCESSES,
  );
  await Promise.all(machine.processes.map((one) => one.ready()));
  const relayUrl = machine.url ?? '';
  twilio.routeTo(relayUrl);
  tell('caller', 'dials');
  const caller = await twilio.call();
  const callId = inboundIdOf(caller.sid);
  await converse(caller, env['GREETING'] || SANDBOX_ENV.GREETING, () => killHolder(machine, callId));
  if (caller.heard.includes('Her daughter took over')) problems.push('The killed process was heard on.');
  return {
    env,
    relayUrl,
    callId,
    caller,
    problems: [...problemsOfTwilio(twilio, 1), ...problems],
    verdict: 'The process was killed in mid-sentence, and the call went on in another: no caller was lost.',
    async close() {
      await twilio.close();
      await machine.close();
      await openAi.close();
    },
  };
}

function withoutFarEnds(): Record<string, string> {
  return Object.fromEntries([...FAR_ENDS].map((name) => [name, '']));
}

async function converse(caller: Caller, greeting: string, kill: () => Promise<() => string>): Promise<void> {
  await hears(caller, greeting);
  await says(caller, 'When are you open?');
  await hears(caller, HOURS);
  await says(caller, 'Tell me about your shop.');
  await hears(caller, 'Our shop was opened by Mrs. Alder in 1961. She grew every flower');
  const holderNow = await kill();
  await hears(caller, WHERE_WERE_WE);
  tell('demo', `${holderNow()} has the call now`);
  await says(caller, 'How much is that?');
  await hears(caller, PRICES);
  await says(caller, 'Thank you, goodbye.');
  await hears(caller, GOODBYE);
  // The last mark is still on its way to the relay, and the agent may hang up by itself.
  await pause(100);
  caller.hangsUp();
  await caller.ended;
}

/** Resolves, once the process is gone, with what tells the name of the one that has the call then. */
async function killHolder(machine: Machine, callId: string): Promise<() => string> {
  const holder = machine.holderOf(callId) ?? 1;
  tell('demo', `kills process ${holder}, which has the call, with kill -9`);
  await machine.processes[holder - 1]?.signal('SIGKILL');
  return () => `process ${machine.holderOf(callId)}`;
}
