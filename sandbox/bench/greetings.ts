// How long after its stream's start a caller hears the first sound of the greeting (O8): in the first call of a process, which
// comes before the greeting is in memory, and in later ones. One call at a time, and several processes, since each has one first call.
import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioSandbox } from '../twilio/twilio.ts';
import { startFarEnds } from './far-ends.ts';
import { spreadOf } from './figures.ts';
import { startSubject } from './subject.ts';
import { goal, markdown } from './table.ts';

export interface Greetings {
  readonly firstMs: readonly number[];
  readonly laterMs: readonly number[];
}

const PROCESSES = 5;
const LATER_CALLS = 6;
/** Also on a busy machine the calls are taken: how late they are is what is measured. */
const TAKES_ALL = { MAX_LOOP_DELAY_MS: '0' };
const MOST_MS = 50;

export async function measureGreetings(script: string): Promise<Greetings> {
  const firstMs: number[] = [];
  const laterMs: number[] = [];
  for (let process = 0; process < PROCESSES; process++) {
    const { openAi, twilio, env } = await startFarEnds();
    const subject = await startSubject(script, { ...env, ...TAKES_ALL });
    twilio.routeTo(subject.url);
    firstMs.push(await greetedAfterMs(twilio));
    while (openAi.realtime.openSessions > 0) await pause(50);
    for (let call = 0; call < LATER_CALLS; call++) laterMs.push(await greetedAfterMs(twilio));
    await twilio.close();
    await subject.stop();
    await openAi.close();
  }
  return { firstMs, laterMs };
}

async function greetedAfterMs(twilio: TwilioSandbox): Promise<number> {
  const greeted = Promise.withResolvers<number>();
  let startedAt = 0;
  const caller = await twilio.call({
    isAudible: false,
    onStart: (at) => (startedAt = at),
    onAudio: ({ direction, at }) => {
      if (direction === 'received') greeted.resolve(at - startedAt);
    },
  });
  void caller.ended.then(({ how }) => greeted.reject(new Error(`a call ended before its greeting: ${how}`)));
  const ms = await greeted.promise;
  caller.hangsUp();
  await caller.ended;
  return ms;
}

export function greetingsOf({ firstMs, laterMs }: Greetings): string {
  const later = spreadOf(laterMs);
  const rows = [
    ['first call of a process', firstMs],
    ['later calls, from memory', laterMs],
  ] as const;
  return [
    markdown([
      ["stream's start → first sound of the greeting, ms", 'p50', 'p99', 'calls'],
      ...rows.map(([name, times]) => {
        const spread = spreadOf(times);
        return [name, spread?.p50.toFixed(0) ?? '–', spread?.p99.toFixed(0) ?? '–', `${times.length}`];
      }),
    ]),
    '',
    goal(`greeting from memory within ${MOST_MS} ms`, [later?.p50 ?? null], MOST_MS, (ms) =>
      ms === null ? '–' : `${ms.toFixed(0)} ms`,
    ),
  ].join('\n');
}
