// Where `npm run call -- --sandbox` plays: a relay that may call out, and somebody at the other end who says the lines that
// they were given, each once the agent's reply was heard, and hangs up when they have none left.
import { randomBytes } from 'node:crypto';
import type { TaskType } from '../src/call/assignment.ts';
import { startSandbox } from './sandbox.ts';
import { somebodyAt } from './somebody.ts';

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
  somebodyAt(sandbox, to, calleeSays.length > 0 ? calleeSays : USUALLY_SAYS[type]);
  return { relayUrl: sandbox.relayUrl, token, close: () => sandbox.close() };
}
