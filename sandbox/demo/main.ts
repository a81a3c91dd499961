// One whole phone call, offline, told as it happens: who says what, what was really heard, and where each turn's time went. It
// exits 0 only if the caller heard every word they should have. With --pages the relay stays, for a browser to look at the call.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/call/system-clock.ts';
import { signInLink } from '../../src/cli/terminal.ts';
import { signInCode } from '../../src/http/session-routes.ts';
import { ENDED_BY_CTRL_C } from '../arguments.ts';
import { type Choices, choicesOf, reportFailure, startChosen } from '../choices.ts';
import { publishedAs } from '../published.ts';
import { SANDBOX_ENV } from '../sandbox.ts';
import { audibleVoice } from '../voice/audible-voice.ts';
import { type DemoCall, problemsOfTwilio, type Surroundings } from './demo-call.ts';
import { haveKilledCall } from './killed-call.ts';
import { haveOwnCall } from './own-call.ts';
import { haveScriptedCall, problemsOfScript } from './scripted-call.ts';
import { tell } from './telling.ts';
import { narrate, printTimes, type TurnTimes } from './turn-times.ts';

/** Relay and far ends in this process, and all that happens in the relay told. */
async function haveCall(
  choices: Choices,
  isScripted: boolean,
  { env, voice }: Surroundings,
): Promise<DemoCall> {
  const sandbox = await startChosen(choices, { PORT: '0', ...env }, voice);
  const turns: TurnTimes[] = [];
  sandbox.relay.subscribe(narrate(turns));
  tell('caller', 'dials');
  const caller = await sandbox.call();
  tell('twilio', 'connected the media stream');
  if (isScripted) await haveScriptedCall(sandbox.env['GREETING'] || SANDBOX_ENV.GREETING, caller);
  else await haveOwnCall(sandbox, caller);
  // The last mark is still on its way to the relay.
  await pause(100);
  const ended = sandbox.happened('call-ended');
  if (!sandbox.events.some(({ type }) => type === 'call-ended')) {
    tell('caller', 'hangs up');
    caller.hangsUp();
  }
  const { callId } = await ended;
  printTimes(turns, choices.isAsMeasured);
  return {
    env: sandbox.env,
    relayUrl: sandbox.relayUrl,
    callId,
    caller,
    problems: [...problemsOfTwilio(sandbox.twilio), ...(isScripted ? problemsOfScript(caller, turns) : [])],
    verdict: isScripted
      ? 'Every word was heard that should have been: 5 replies, one cough, one interruption.'
      : 'The call kept the rules of Twilio and OpenAI. What your agent said is for you to judge.',
    close: () => sandbox.close(),
  };
}

/** The pages play the recording, so they need a voice; without them, tones are enough. */
function surroundings(leavesPages: boolean): Surroundings {
  if (!leavesPages) return { env: {}, voice: null };
  const recordings = mkdtempSync(join(tmpdir(), 'patchcord-recordings-'));
  process.once('exit', () => rmSync(recordings, { recursive: true, force: true }));
  return { env: { RECORDINGS_DIR: recordings }, voice: audibleVoice() };
}

/** Prints what came of it; returns whether all was as it should be. */
function printEnd({ caller, problems, verdict }: DemoCall): boolean {
  console.log(
    `\nAll that the caller heard, read back from the sound ("~": cut off in the middle of a sound):\n\n  ${caller.heard}\n`,
  );
  for (const problem of problems) console.log(`  ✗ ${problem}`);
  if (problems.length === 0) console.log(`  ✓ ${verdict}`);
  return problems.length === 0;
}

async function printLink({ relayUrl, env, callId }: DemoCall): Promise<void> {
  const token = async (): Promise<string> => env['OPERATOR_TOKEN'] ?? '';
  const code = await signInCode({ token, clock: systemClock });
  console.log(`\nThe call's page: ${signInLink(Number(new URL(relayUrl).port), code, `/calls/${callId}`)}`);
  console.log('The link signs you in, once, for ten minutes. The relay runs until Ctrl-C.');
}

async function main(): Promise<void> {
  const choices = choicesOf('demo');
  const published = publishedAs(choices.agent, choices.env);
  const isScripted = !published.isOwn && choices.env['PROFILES'] === undefined;
  if (choices.kills && !isScripted)
    throw new Error('--kill has a call of its own, with an agent that the sandbox plays.');
  // With it go child processes and folders, by the handlers of those who made them.
  process.once('SIGINT', () => process.exit(process.exitCode ?? ENDED_BY_CTRL_C));
  console.log('Patchcord: one phone call, offline. Twilio and OpenAI are played by the sandbox.');
  console.log(`The agent is ${published.form}: ${published.kind}.\n`);
  tell('demo', 'starting both far ends and the relay; the fixed lines are spoken once');
  const around = surroundings(choices.leavesPages);
  const had = choices.kills
    ? await haveKilledCall(choices, around)
    : await haveCall(choices, isScripted, around);
  const isGood = printEnd(had);
  process.exitCode = isGood ? 0 : 1;
  if (choices.leavesPages) return printLink(had);
  await had.close();
  if (isGood) console.log('\nNext: "npm run sandbox" to call by hand, or docs/first-call.md for a real one.');
}

main().catch((error: unknown) => {
  reportFailure(error);
  process.exit(1);
});
