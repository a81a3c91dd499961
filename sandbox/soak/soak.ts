// Calls on the relay in a process of its own, for minutes or hours, and what that process is like meanwhile. Its records
// go to a file, as in life: in memory they would be the leak that is found.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startFarEnds } from '../bench/far-ends.ts';
import { startSubject } from '../bench/subject.ts';
import { Callers } from './callers.ts';
import { listenForSamples, type Sample, SAMPLES_PORT } from './samples.ts';

const RELAY = fileURLToPath(new URL('./relay.ts', import.meta.url));
const PROGRESS_EVERY_MS = 60_000;

export interface SoakOptions {
  readonly calls: number;
  readonly minutes: number;
  /** Ends it before its time. */
  readonly stopped?: AbortSignal;
  readonly onProgress: (what: string) => void;
}

export interface Soaked {
  readonly samples: readonly Sample[];
  readonly callsEnded: number;
  readonly replies: number;
  /** Calls that broke, and what broke Twilio's rules. */
  readonly failures: readonly string[];
}

export async function soak({ calls, minutes, stopped, onProgress }: SoakOptions): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-soak-'));
  const listener = await listenForSamples();
  const farEnds = await startFarEnds();
  try {
    const subject = await startSubject(RELAY, {
      ...farEnds.env,
      DATABASE_URL: `sqlite:${join(folder, 'soak.db')}`,
      MAX_CALLS: String(Math.max(100, 2 * calls)),
      [SAMPLES_PORT]: String(listener.port),
    });
    farEnds.twilio.routeTo(subject.url);
    // A relay that has its own few lines spoken at its start is done with it: by its sessions calls are told apart.
    while (farEnds.openAi.realtime.openSessions > 0) await pause(50);
    const callers = new Callers(farEnds);
    const time = AbortSignal.timeout(minutes * 60_000);
    const over = stopped === undefined ? time : AbortSignal.any([time, stopped]);
    const holding = callers.hold(calls, over);
    while (!over.aborted) {
      await pause(PROGRESS_EVERY_MS, null, { signal: over }).catch(() => {});
      onProgress(`${callers.callsEnded} calls are over, ${callers.failures.length} broke`);
    }
    // What is judged are the minutes with calls, and not how they end.
    const samples = [...listener.samples];
    await holding;
    await farEnds.twilio.close();
    await subject.stop();
    const violations = farEnds.twilio.violations.map(String);
    const { callsEnded, replies } = callers;
    return { samples, callsEnded, replies, failures: [...callers.failures, ...violations] };
  } finally {
    await farEnds.openAi.close();
    await listener.close();
    await rm(folder, { recursive: true, force: true });
  }
}
