// The relay in a process of its own, between far ends in this one: the loop that is judged is the relay's, and its memory, too.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Caller } from '../caller/caller.ts';
import { RelayProcess } from '../processes/relay-process.ts';
import { startFarEnds } from '../sandbox.ts';
import type { CallOptions } from '../twilio/twilio.ts';
import type { Asked } from './inside.ts';
import { repeating } from './live-call.ts';
import { send } from './post.ts';

const RELAY = fileURLToPath(new URL('./relay.ts', import.meta.url));

/** The relay may transfer to it, and nobody answers there. */
export const TRANSFER_NUMBER = '+15550100100';

/** Without a filler or a question into the silence, the live call hears its own words only. */
const ENV = {
  AGENT_WORKFLOW_ID: 'agent_repeating',
  FILLER_AFTER_MS: '60000',
  SILENCE_PROMPT_S: '0',
  MAX_CALLS: '50',
  // The far ends and the strangers have the same cores.
  MAX_LOOP_DELAY_MS: '0',
  OUTBOUND_ALLOW: '+1555*',
  OUTBOUND_PER_DAY: '1000000',
  OUTBOUND_MINUTES_PER_DAY: '1000000',
  TRANSFER_NUMBER,
  QUIET_HOURS: 'off',
} as const;

export interface Stage {
  readonly relayUrl: string;
  /** Somebody calls; resolves when they are joined to the relay or the call is over already. */
  readonly call: (options: CallOptions) => Promise<Caller>;
  /** Rejects where the relay's process is gone, or something was thrown there. */
  readonly ask: (asked: Asked) => Promise<number>;
  close(): Promise<void>;
}

/** `onProblem`: what no relay should ever do, in words; such as a process that ended, or a bug. */
export async function startStage(onProblem: (problem: string) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-fuzz-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const farEnds = await startFarEnds({
    env: { ...ENV, PATH: process.env['PATH'] ?? '', DATABASE_URL: `sqlite:${join(folder, 'fuzz.db')}` },
    openAi: { agents: { agent_repeating: repeating } },
  });
  const { env, openAi, twilio } = farEnds;
  let insideUrl = '';
  const relay = new RelayProcess({
    script: RELAY,
    env,
    cwd: folder,
    onProblem,
    onLog(line) {
      const port = /^\{"insideAt":(\d+)\}$/.exec(line)?.[1];
      if (port !== undefined) insideUrl = `http://127.0.0.1:${port}`;
    },
  });
  await relay.ready();
  const relayUrl = relay.url ?? '';
  twilio.routeTo(relayUrl);
  return {
    relayUrl,
    call: (options) => twilio.call(options),
    async ask(asked) {
      const { status, text } = await send('POST', insideUrl, {}, JSON.stringify(asked));
      if (status !== 200) throw new Error(text);
      return Number(text);
    },
    async close() {
      await twilio.close();
      await relay.close();
      await openAi.close();
      process.off('exit', removeFolder);
      removeFolder();
    },
  };
}
