// Where `npm run call -- --sandbox` plays: a relay that may call out, and somebody at the other end who says the lines that
// they were given, each once the agent has stopped speaking, and hangs up when they have none left.
import { randomBytes } from 'node:crypto';
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
/** The agent thinks for 250 ms between two sentences at most; people answer about as fast. */
const ANSWER_AFTER_MS = 700;
/** After so much silence they hang up; the relay, where it means to, has done so by then. */
const LEAVE_AFTER_MS = 2_500;

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
  // A call that ends while they speak ends their lines.
  void callee.answered.then((caller) => answer(caller, rest)).catch(() => {});
  return { relayUrl: sandbox.relayUrl, token, close: () => sandbox.close() };
}

async function answer(caller: Caller, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    await caller.ear.waitForAnswer(ANSWER_AFTER_MS);
    await caller.says(line);
  }
  await caller.ear.waitForAnswer(LEAVE_AFTER_MS);
  caller.hangsUp();
}
