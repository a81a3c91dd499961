// One whole phone call, offline, told as it happens: who says what, what was really heard, and where each turn's time
// went. It exits 0 only if the caller heard every word they should have; what that is stands here, written by hand, so
// that the relay is not its own witness.
import { setTimeout as pause } from 'node:timers/promises';
import type { CallEvent } from '../src/call/call.ts';
import type { Caller } from './caller/caller.ts';
import { isHeardWithOneCut } from './caller/heard.ts';
import { choicesOf, reportFailure, startChosen } from './choices.ts';
import { told } from './narration.ts';
import { publishedAs } from './published.ts';
import { SANDBOX_ENV, type Sandbox } from './sandbox.ts';

/** What is heard of the reply into which the caller coughs, and which they then interrupt. */
const STORY =
  'Our shop was opened by Mrs. Alder in 1961. She grew every flower herself, in a garden behind the church. ' +
  'Her daughter took over in 1988';

/** An agent that says nothing for this long does not open the conversation. */
const OPENS_WITHIN_MS = 8_000;
/** A pause between two sentences is shorter. */
const QUIET_MS = 1_000;
const ANSWERS_WITHIN_MS = 30_000;

const started = performance.now();

function tell(who: string, what: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(2).padStart(6);
  console.log(`${seconds} s  ${who.padEnd(7)} ${what}`);
}

/** The instants of one turn, on the clock of the CallEvents. */
interface TurnTimes {
  readonly words: string;
  readonly lastWordAt: number;
  readonly transcriptAt: number;
  readonly askedAt: number;
  firstWordAt: number | null;
  firstSegmentAt: number | null;
  firstAudioAt: number | null;
  heardAt: number | null;
}

/** Tells what happens inside the relay, and keeps the times. */
function narrate(turns: TurnTimes[]): (event: CallEvent) => void {
  let said = { lastWordAt: 0, transcriptAt: 0 };
  return (event) => {
    const line = told(event);
    if (line !== null) tell(...line);
    const turn = turns.at(-1);
    switch (event.type) {
      case 'caller-said':
        said = { lastWordAt: event.at - (event.silentMs ?? 0), transcriptAt: event.at };
        return;
      case 'turn-started':
        turns.push({
          words: event.text,
          ...said,
          askedAt: event.at,
          firstWordAt: null,
          firstSegmentAt: null,
          firstAudioAt: null,
          heardAt: null,
        });
        return;
      case 'agent-began-replying':
        if (turn !== undefined) turn.firstWordAt = event.at;
        return;
      case 'segment-asked':
        if (turn !== undefined && event.turnId !== null) turn.firstSegmentAt ??= event.at;
        return;
      case 'reply-began':
        if (turn !== undefined) turn.firstAudioAt = event.at;
        return;
      case 'reply-heard':
        if (turn !== undefined) turn.heardAt = event.at;
        return;
      default:
        return;
    }
  };
}

async function says(caller: Caller, words: string): Promise<void> {
  tell('caller', `says: "${words}"`);
  await caller.says(words);
}

/** Waits until these words were heard, each once, in this order, with no other between them. */
async function hears(caller: Caller, words: string): Promise<void> {
  await caller.hears(words, { withinMs: 15_000 });
  tell('caller', `heard: "${words}"`);
}

function ms(from: number | null, to: number | null): string {
  return (from === null || to === null ? '–' : Math.round(to - from).toString()).padStart(10);
}

function printTimes(turns: readonly TurnTimes[], isAsMeasured: boolean): void {
  console.log("\nWhere the time went, in ms after the caller's last word:\n");
  console.log('transcript     asked  1st word   segment     audio     heard   the caller said');
  for (const turn of turns) {
    const stages = [
      turn.transcriptAt,
      turn.askedAt,
      turn.firstWordAt,
      turn.firstSegmentAt,
      turn.firstAudioAt,
      turn.heardAt,
    ];
    console.log(`${stages.map((at) => ms(turn.lastWordAt, at)).join('')}   ${turn.words}`);
  }
  console.log(
    '\n"asked": the caller has been silent for VAD_SILENCE_MS, in which the transcript is made, and has finished.' +
      '\n"heard" is when the first piece of audio came back as played: a piece is about 200 ms long.' +
      (isAsMeasured
        ? '\nHere the parts take as long as others measured: transcript, agent and voice about 900 ms each.'
        : '\nIn the sandbox each part takes 250 ms: transcript, agent, voice. --as-measured: about 900 ms each.'),
  );
}

/** The call whose every word is known: with the flower shop, whichever kind of agent it is. */
async function haveScriptedCall(sandbox: Sandbox, caller: Caller): Promise<void> {
  await hears(caller, sandbox.env['GREETING'] || SANDBOX_ENV.GREETING);

  await says(caller, 'When are you open?');
  await hears(
    caller,
    'We are open from 9 to 6, Monday to Saturday. On Sundays we are closed, but you can order online.',
  );

  await says(caller, 'Tell me about your shop.');
  await hears(caller, 'Our shop was opened by Mrs. Alder in 1961.');
  tell('caller', 'coughs');
  await caller.coughs(150);
  await hears(caller, 'Her daughter took over in 1988');
  await says(caller, 'Sorry, how much is that?');
  await hears(
    caller,
    'It depends on the season: Tulips are $12 a bunch. Roses are $45.50 a dozen. Which would you like?',
  );

  await says(caller, 'Thank you, goodbye.');
  await hears(caller, 'You are welcome. Have a lovely day!');
}

/** Resolves once something was heard and then nothing more, or nothing at all. */
async function openingIsOver(caller: Caller): Promise<void> {
  const opensUntil = performance.now() + OPENS_WITHIN_MS;
  let heard = '';
  for (;;) {
    await pause(QUIET_MS);
    if (caller.heard === heard && (heard !== '' || performance.now() > opensUntil)) return;
    heard = caller.heard;
  }
}

/** A short call with an agent whose words nobody here knows. Either side may end it. */
async function haveOwnCall(sandbox: Sandbox, caller: Caller): Promise<void> {
  let isOver = false;
  const over = caller.ended.then(() => {
    isOver = true;
  });
  await Promise.race([openingIsOver(caller), over]);
  for (const words of ['Hello, what can you do for me?', 'When are you open?', 'Thank you, goodbye.']) {
    if (isOver) return;
    const { promise: replied, resolve } = Promise.withResolvers<void>();
    const unsubscribe = sandbox.relay.subscribe((event) => {
      if (event.type === 'turn-finished' && event.outcome !== 'joined') resolve();
    });
    await says(caller, words).catch(() => {});
    await Promise.race([replied, over, pause(ANSWERS_WITHIN_MS, null, { ref: false })]);
    unsubscribe();
  }
}

/** What was heard or done otherwise than the script has it. */
function problemsOfScript(caller: Caller, turns: readonly TurnTimes[]): string[] {
  return [
    ...(isHeardWithOneCut(caller.heard, STORY)
      ? []
      : ['The reply did not go on where the cough had cut it.']),
    ...(caller.heard.includes('Christmas Eve') ? ['The interrupted reply was heard to its end.'] : []),
    ...(turns.length === 4 ? [] : [`The agent was asked ${turns.length} times instead of 4.`]),
  ];
}

async function main(): Promise<void> {
  const choices = choicesOf('demo');
  const published = publishedAs(choices.agent, choices.env);
  const isScripted = !published.isOwn && choices.env['PROFILES'] === undefined;
  console.log('Patchcord: one phone call, offline. Twilio and OpenAI are played by the sandbox.');
  console.log(`The agent is ${published.form}: ${published.kind}.\n`);
  tell('demo', 'starting both far ends and the relay; the fixed lines are spoken once');
  const sandbox = await startChosen(choices, { PORT: '0' });
  const turns: TurnTimes[] = [];
  sandbox.relay.subscribe(narrate(turns));

  tell('caller', 'dials');
  const caller = await sandbox.call();
  tell('twilio', 'connected the media stream');
  await (isScripted ? haveScriptedCall : haveOwnCall)(sandbox, caller);
  // The last mark is still on its way to the relay.
  await pause(100);
  const ended = sandbox.happened('call-ended');
  if (!sandbox.events.some(({ type }) => type === 'call-ended')) {
    tell('caller', 'hangs up');
    caller.hangsUp();
  }
  await ended;
  await sandbox.close();

  printTimes(turns, choices.isAsMeasured);
  console.log(
    `\nAll that the caller heard, read back from the sound ("~": cut off in the middle of a sound):\n\n  ${caller.heard}\n`,
  );

  const problems = [
    ...sandbox.twilio.violations.map((violation) => `Twilio would complain: ${violation.message}`),
    ...sandbox.twilio.streamErrors.map(({ code, detail }) => `Twilio would log ${code}: ${detail}`),
    ...(isScripted ? problemsOfScript(caller, turns) : []),
  ];
  for (const problem of problems) console.log(`  ✗ ${problem}`);
  if (problems.length === 0) {
    console.log(
      isScripted
        ? '  ✓ Every word was heard that should have been: 5 replies, one cough, one interruption.'
        : '  ✓ The call kept the rules of Twilio and OpenAI. What your agent said is for you to judge.',
    );
    console.log('\nNext: "npm run sandbox" to call by hand, or docs/first-call.md for a real one.');
  }
  process.exitCode = problems.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  reportFailure(error);
  process.exit(1);
});
