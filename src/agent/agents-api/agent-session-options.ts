// What a session of the Agents API is made of.
import type { OpenAI } from 'openai';
import type { PhoneTools } from '../../call/phone-tools.ts';
import type { Clock } from '../../call/ports.ts';
import type { Reply } from './reply.ts';
import type { SessionSource } from './session-feed.ts';

export interface AgentSessionOptions {
  readonly client: OpenAI;
  readonly source: SessionSource;
  /** The API created the session only without the changes to the saved agent. */
  readonly onSavedOnly: () => void;
  readonly tools: PhoneTools;
  /** Reads the answer to the session's first message; null if nobody does. */
  readonly reply: Reply | null;
  /** Of the questions that the relay asks. */
  readonly language: string;
  readonly clock: Clock;
  /** How long the session's creation may take. */
  readonly createdWithinMs: number;
  readonly log: (line: string) => void;
}
