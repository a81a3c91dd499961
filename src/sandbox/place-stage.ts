// Where `npm run call -- --sandbox` plays: a relay that may call out, and somebody at the other end who says the lines that
// they were given, each once the agent's reply was heard, and hangs up when they have none left.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TaskType } from '../call/assignment.ts';
import type { Caller } from './caller/caller.ts';
import { startSandbox } from './sandbox.ts';

export interface PlaceStage {
  readonly relayUrl: string;
  readonly token: string;
  close(): Promise<void>;
}

export interface PlaceStageOptions {
  /** E.164; nobody else may be called. */
  readonly to: string;
  /** The first is how they answer. None: as somebody would to a task of this type. */
  readonly calleeSays: readonly string[];
  readonly type: TaskType;
}

/** A telephone that is picked up at once would look broken. */
const RING_MS = 1_000;
/** People take about as long. */
const ANSWER_AFTER_MS = 300;
/** The relay, where it means to hang up, has done so by then. */
const LEAVE_AFTER_MS = 2_000;

const USUALLY_SAYS: Readonly<Record<TaskType, readonly string[]>> = {
  appointment_reminder: ['Hello?', 'Yes, I will be there.'],
  survey: ['Hello?', 'Yes, go ahead.', 'Nine out of ten.', 'Yes, I would.', 'No, that is all.'],
  notification: ['Hello?', 'Yes, thank you for telling me.'],
  custom: ['Hello?', 'Yes, certainly.', 'The number is 4 7 1 1.'],
};

export async function startPlaceStage({ to, calleeSays, type }: PlaceStageOptions): Promise<PlaceStage> {
  const token = randomBytes(16).toString('hex');
  const sandbox = await startSandbox({
    env: {
      AGENT_WORKFLOW_ID: 'agent_caller',
      GREETING: '',
      OPERATOR_TOKEN: token,
      OUTBOUND_ALLOW: to,
      QUIET_HOURS: 'off',
    },
  });
  const [says = 'Hello?', ...rest] = calleeSays.length > 0 ? calleeSays : USUALLY_SAYS[type];
  const callee = sandbox.twilio.callee(to, 'answers', { says, ringMs: RING_MS });
  let nextReply = Promise.withResolvers<void>();
  // Not by the quiet on the line: on a busy machine two sentences are far apart.
  sandbox.relay.subscribe((event) => {
    if (event.type !== 'turn-finished' || event.outcome === 'joined') return;
    nextReply.resolve();
    nextReply = Promise.withResolvers<void>();
  });
  // A call that ends while they speak ends their lines.
  void callee.answered.then((caller) => answer(caller, rest, () => nextReply.promise)).catch(() => {});
  return { relayUrl: sandbox.relayUrl, token, close: () => sandbox.close() };
}

async function answer(caller: Caller, lines: readonly string[], reply: () => Promise<void>): Promise<void> {
  for (const line of lines) {
    await reply();
    await pause(ANSWER_AFTER_MS);
    await caller.says(line);
  }
  await reply();
  await pause(LEAVE_AFTER_MS);
  caller.hangsUp();
}
