// What is done to the relays, each for at most some ten seconds. A fault begins in the middle of conversations and returns
// once all is as it was before.
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/call/system-clock.ts';
import { Flood } from './flood.ts';
import type { Stage } from './stage.ts';

export interface Fault {
  readonly name: string;
  readonly happen: (stage: Stage) => Promise<void>;
}

/** A caller in a call has no more than three turns fail in a row. */
const AGENT_DOWN_MS = 2_500;
const REALTIME_DOWN_MS = 5_000;
/** Longer than a relay waits for a transcript. */
const DEAF_MS = 6_000;
const FLOOD_MS = 6_000;
const DATABASE_DOWN_MS = 10_000;
const SLOW_MS = 4_000;
const SLOW = { ms: 60, jitterMs: 140 };
const DOUBLED_MS = 4_000;
const DOUBLES_WITHIN_MS = 1_500;
/** Long enough for some turns to begin anew. */
const BETWEEN_BLOWS_MS = 1_000;

/** What a call is like without any: by this the others are measured. */
const NONE: Fault = { name: 'none', happen: () => pause(BETWEEN_BLOWS_MS) };

export const REAL_FAULTS: readonly [Fault, ...Fault[]] = [
  { name: 'kill -9', happen: (stage) => takeDown(stage, 'SIGKILL', 2) },
  { name: 'SIGTERM', happen: (stage) => takeDown(stage, 'SIGTERM', 2) },
  {
    name: 'Realtime sockets cut',
    async happen(stage) {
      cutSpeech(stage);
      await pause(BETWEEN_BLOWS_MS);
      cutSpeech(stage);
    },
  },
  {
    name: 'Realtime refused for 5 s',
    async happen(stage) {
      const { faults } = stage.openAi.realtime;
      faults.refuseDials = Infinity;
      cutSpeech(stage);
      await pause(REALTIME_DOWN_MS);
      faults.refuseDials = 0;
    },
  },
  {
    name: 'transcripts that never come',
    async happen({ openAi: { realtime } }) {
      realtime.faults.deafTranscribers = ['gpt-transcribe'];
      await pause(DEAF_MS);
      realtime.faults.deafTranscribers = [];
    },
  },
  {
    name: 'agent stream cut',
    async happen({ agent: { troubles }, random }) {
      troubles.dropsStreamAfterTokens = () => random.whole(1, 8);
      await pause(AGENT_DOWN_MS);
      troubles.dropsStreamAfterTokens = null;
    },
  },
  { name: 'agent 500s', happen: (stage) => agentRefuses(stage, 500, 'server_error') },
  { name: 'agent 429s', happen: (stage) => agentRefuses(stage, 429, 'rate_limit_exceeded') },
  {
    name: 'agent hangs',
    async happen({ agent: { troubles }, random }) {
      troubles.hangsAfterWords = () => random.oneOf([0, 4, Infinity]);
      await pause(AGENT_DOWN_MS);
      troubles.hangsAfterWords = null;
    },
  },
  {
    name: 'agent session out of budget',
    async happen({ agent: { troubles } }) {
      troubles.isOutOfBudget = true;
      await pause(AGENT_DOWN_MS);
      troubles.isOutOfBudget = false;
    },
  },
  {
    name: 'agent takes requests and never answers',
    async happen({ openAi: { agentFaults } }) {
      agentFaults.hangNext = Infinity;
      await pause(AGENT_DOWN_MS);
      agentFaults.hangNext = 0;
    },
  },
  {
    name: 'database down for 10 s',
    async happen({ database }) {
      await database.goDown();
      await pause(DATABASE_DOWN_MS);
      database.comeBack();
    },
  },
  {
    name: 'slow network both ways',
    async happen({ networks }) {
      for (const network of networks) network.delay = SLOW;
      await pause(SLOW_MS);
      for (const network of networks) network.delay = { ms: 0, jitterMs: 0 };
    },
  },
  {
    name: 'callbacks doubled and reordered',
    async happen({ balancer }) {
      balancer.doublesWithinMs = DOUBLES_WITHIN_MS;
      await pause(DOUBLED_MS);
      balancer.doublesWithinMs = null;
    },
  },
  {
    name: "a stranger's flood",
    async happen({ processes }) {
      const floods = processes.flatMap(({ url }) => (url === null ? [] : new Flood(url)));
      await pause(FLOOD_MS);
      for (const flood of floods) flood.end();
    },
  },
];

export const FAULTS: readonly Fault[] = [NONE, ...REAL_FAULTS];

function cutSpeech({ openAi, speechCutAt }: Stage): void {
  speechCutAt.push(systemClock.now());
  openAi.realtime.dropSockets();
}

/** So many times a process goes, one after the other in turn, so that there is always one left. */
export async function takeDown(
  { processes, random, killedAt }: Stage,
  signal: 'SIGKILL' | 'SIGTERM',
  times: number,
): Promise<void> {
  const inOrder = random.whole(0, 1) === 0 ? processes : processes.toReversed();
  for (let time = 0; time < times; time++) {
    const process = inOrder[time % inOrder.length];
    if (process === undefined) return;
    if (signal === 'SIGKILL') killedAt.push(systemClock.now());
    await process.signal(signal);
    await process.ready();
    await pause(BETWEEN_BLOWS_MS);
  }
}

async function agentRefuses({ openAi: { agentFaults } }: Stage, status: number, code: string): Promise<void> {
  agentFaults.refuseWith = { status, code };
  agentFaults.refuseNext = Infinity;
  await pause(AGENT_DOWN_MS);
  agentFaults.refuseNext = 0;
}
