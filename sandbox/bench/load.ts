// Puts calls on one design and measures it: both far ends here, the design in a process of its own. All calls are up and
// have had their first reply before anything is measured, and all talk on until the end, so that starting, warming up
// and hanging up are in none of the figures.
import { cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/call/system-clock.ts';
import type { Caller } from '../caller/caller.ts';
import type { Latencies } from '../latencies.ts';
import { CallWatch, type Measurements, newMeasurements } from './call-watch.ts';
import { type FarEnds, startFarEnds } from './far-ends.ts';
import { silence } from '../tones.ts';
import { BREATH, halvesOf } from './script.ts';
import { startSubject, type Subject } from './subject.ts';

export interface LoadOptions {
  /** The design, as a script. */
  readonly script: string;
  readonly calls: number;
  readonly seconds: number;
  /** Instead of the ideal ones. */
  readonly latencies?: Latencies | undefined;
  /** Besides what every design is started with. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The VAD takes no shorter silence for an end, whatever the design asks for. */
  readonly leastSilenceMs?: number | undefined;
  readonly onProgress: (what: string) => void;
}

export interface Measured extends Measurements {
  readonly cpuMsPerCallSecond: number;
  readonly bytesPerCall: number;
  readonly frames: number;
  readonly framesLost: number;
  readonly failures: readonly string[];
  readonly circumstances: Circumstances;
}

/** By which a reader can tell whether it was the design that was measured, or what stood around it. */
export interface Circumstances {
  readonly farEndCores: number;
  readonly farEndLoopLateP99Ms: number;
  /** Used by anything else on this machine. */
  readonly otherCores: number;
}

/** No divisor or multiple of a frame's 20 ms: the calls' frames shall not all leave in the same instant. */
const BETWEEN_CALLS_MS = 47;
/** Long enough for a greeting. */
const BEFORE_FIRST_WORDS_MS = 1000;
/** A reply is over once nothing has sounded for so long: it may come in several pieces. */
const HEARD_OUT_MS = 1000;
/** On top of that, so that a call has as many turns a minute as in life, where the same words take three times as long. */
const BETWEEN_TURNS_MS = 5000;
const ANSWERS_WITHIN_MS = 15_000;
const SETTLES_WITHIN_MS = 500;
const SAMPLE_EVERY_MS = 500;
const LOOP_TICK_MS = 1;

export async function measure({
  script,
  calls,
  seconds,
  latencies,
  env,
  leastSilenceMs,
  onProgress,
}: LoadOptions): Promise<Measured> {
  const farEnds = await startFarEnds(latencies, leastSilenceMs);
  const maxCalls = String(Math.max(100, calls));
  const subject = await startSubject(script, { ...farEnds.env, ...env, MAX_CALLS: maxCalls });
  farEnds.twilio.routeTo(subject.url);
  // A relay that has its own few lines spoken at its start is done with it.
  while (farEnds.openAi.realtime.openSessions > 0) await pause(50);
  const idle = await subject.usage();

  const measurements = newMeasurements();
  const talk = new Talk(farEnds, measurements);
  for (let line = 0; line < calls; line++) {
    await talk.join(line);
    await pause(BETWEEN_CALLS_MS);
  }
  onProgress(`${calls} calls are up`);
  await talk.isWarm();
  onProgress(`measuring for ${seconds} s`);
  measurements.isOpen = true;
  const window = await measureWindow(subject, seconds);
  measurements.isOpen = false;
  await talk.end();
  await farEnds.twilio.close();
  await subject.stop();
  await farEnds.openAi.close();
  return {
    ...measurements,
    ...talk.result(),
    cpuMsPerCallSecond: window.cpuMs / window.seconds / calls,
    bytesPerCall: (window.rssBytes - idle.rssBytes) / calls,
    circumstances: window.circumstances,
  };
}

/** All the calls: each says a sentence, hears the reply out, pauses, and begins again. */
class Talk {
  readonly #farEnds: FarEnds;
  readonly #measurements: Measurements;
  readonly #watches: CallWatch[] = [];
  readonly #callers: Caller[] = [];
  readonly #conversations: Promise<void>[] = [];
  readonly #warmUps: Promise<void>[] = [];
  readonly #failures: string[] = [];
  readonly #ending = new AbortController();

  constructor(farEnds: FarEnds, measurements: Measurements) {
    this.#farEnds = farEnds;
    this.#measurements = measurements;
  }

  async join(line: number): Promise<void> {
    const watch = new CallWatch(line, this.#measurements);
    const caller = await this.#farEnds.call(watch);
    this.#watches.push(watch);
    this.#callers.push(caller);
    const isWarm = Promise.withResolvers<void>();
    const ended = caller.ended.then(({ how }) => {
      throw new Error(`the call ended: ${how}`);
    });
    const conversation = Promise.race([this.#converse(caller, watch, isWarm.resolve), ended])
      .catch((error: unknown) => void this.#failures.push(`line ${line}: ${String(error)}`))
      .finally(isWarm.resolve);
    this.#conversations.push(conversation);
    this.#warmUps.push(isWarm.promise);
  }

  /** Resolves once every caller has had a first reply, or none will. */
  async isWarm(): Promise<void> {
    await Promise.all(this.#warmUps);
  }

  /** Every reply that is under way is heard out, so that what has not arrived then is lost. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#conversations);
    for (const caller of this.#callers) caller.hangsUp();
    await pause(SETTLES_WITHIN_MS);
  }

  result(): Pick<Measured, 'frames' | 'framesLost' | 'failures'> {
    return {
      frames: this.#watches.reduce((sum, { frames }) => sum + frames, 0),
      framesLost: this.#watches.reduce((sum, { lost }) => sum + lost, 0),
      failures: [...this.#failures, ...this.#farEnds.twilio.violations.map(String)],
    };
  }

  async #converse(caller: Caller, watch: CallWatch, onReply: () => void): Promise<void> {
    const { signal } = this.#ending;
    await pause(BEFORE_FIRST_WORDS_MS);
    const [first, second] = halvesOf(watch.line);
    for (let sentence = watch.line; !signal.aborted; sentence++) {
      watch.callerBegins();
      await caller.says(first);
      if (sentence % BREATH.everySentences === 0) await caller.sounds(silence(BREATH.ms));
      await caller.says(second);
      // Only now: a breath may be answered, on a busy machine.
      const reply = watch.nextReply();
      await withTimeout(reply);
      onReply();
      while (watch.soundsUntil + HEARD_OUT_MS > systemClock.now()) await pause(HEARD_OUT_MS);
      await pause(BETWEEN_TURNS_MS, null, { signal }).catch(() => {});
    }
  }
}

async function withTimeout(reply: Promise<void>): Promise<void> {
  const deadline = new AbortController();
  const timeout = pause(ANSWERS_WITHIN_MS, null, { signal: deadline.signal }).then(() => {
    throw new Error(`no answer within ${ANSWERS_WITHIN_MS} ms`);
  });
  await Promise.race([reply, timeout]).finally(() => deadline.abort());
}

async function measureWindow(subject: Subject, seconds: number) {
  const loop = monitorEventLoopDelay({ resolution: LOOP_TICK_MS });
  const before = await subject.usage();
  const ownBefore = process.cpuUsage();
  const machineBefore = machineCpuMs();
  const from = systemClock.now();
  const until = from + seconds * 1000;
  loop.enable();
  let usage = before;
  let rssBytes = 0;
  while (systemClock.now() < until) {
    await pause(Math.min(SAMPLE_EVERY_MS, until - systemClock.now()));
    usage = await subject.usage();
    rssBytes = Math.max(rssBytes, usage.rssBytes);
  }
  loop.disable();
  const tookMs = systemClock.now() - from;
  const { user, system } = process.cpuUsage(ownBefore);
  const ownCpuMs = (user + system) / 1000;
  const cpuMs = usage.cpuMs - before.cpuMs;
  const circumstances: Circumstances = {
    farEndCores: ownCpuMs / tookMs,
    // The monitor counts its own tick along.
    farEndLoopLateP99Ms: Math.max(0, loop.percentile(99) / 1e6 - LOOP_TICK_MS),
    otherCores: Math.max(0, machineCpuMs() - machineBefore - ownCpuMs - cpuMs) / tookMs,
  };
  return { cpuMs, rssBytes, seconds: tookMs / 1000, circumstances };
}

/** What all processes have used since the machine's start. */
function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
