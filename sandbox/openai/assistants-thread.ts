// One thread of the sandbox's Assistants API: its messages and its runs, of which one at most is active. What a run is
// told by its instructions stands before all messages and is forgotten with the run.
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import type { Clock } from '../../src/call/ports.ts';
import { seconds } from './agents-turn.ts';
import { textOf } from './assistants-checks.ts';
import { SandboxRun } from './assistants-run.ts';
import { type AgentFaults, recordOf, type ToolAnswered } from './http-faults.ts';
import type { Heard, Mind, Remembered } from './mind.ts';

export interface ThreadParts {
  readonly id: string;
  readonly metadata: Record<string, string>;
  readonly clock: Clock;
  readonly faults: AgentFaults;
  readonly onToolAnswer: (answer: ToolAnswered) => void;
  readonly newId: (prefix: string) => string;
  readonly log: (line: string) => void;
}

export interface RunWanted {
  readonly assistantId: string;
  readonly mind: Mind;
  readonly instructions: string;
  readonly tools: AssistantTool[];
  readonly metadata: Record<string, string>;
}

export class SandboxThread {
  readonly messages: Message[] = [];
  readonly runs: SandboxRun[] = [];
  readonly #parts: ThreadParts;
  readonly #createdAt = seconds();

  constructor(parts: ThreadParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }

  get activeRun(): SandboxRun | undefined {
    return this.runs.find(({ isActive }) => isActive);
  }

  view(): Thread {
    const { id, metadata } = this.#parts;
    return { id, object: 'thread', created_at: this.#createdAt, metadata, tool_resources: {} };
  }

  /** Adds messages that were given from outside, whose form has been looked at. */
  addMessages(given: unknown): Message[] {
    const added = (Array.isArray(given) ? given : []).map((one): Message => {
      const { role, content } = recordOf(one) ?? {};
      return {
        id: this.#parts.newId('msg'),
        object: 'thread.message',
        thread_id: this.id,
        assistant_id: null,
        run_id: null,
        role: role === 'assistant' ? 'assistant' : 'user',
        status: 'completed',
        content: [{ type: 'text', text: { value: textOf(content) ?? '', annotations: [] } }],
        attachments: [],
        metadata: {},
        created_at: seconds(),
        completed_at: seconds(),
        incomplete_at: null,
        incomplete_details: null,
      };
    });
    this.messages.push(...added);
    return added;
  }

  /** A run that has yet to be started. */
  addRun({ mind, instructions, ...wanted }: RunWanted): SandboxRun {
    const { id, clock, faults, newId, onToolAnswer, log } = this.#parts;
    const run = new SandboxRun({
      ...wanted,
      threadId: id,
      instructions,
      newId,
      onToolAnswer,
      log,
      addMessage: (message) => this.messages.push(message),
      think: () => mind(this.#heard(instructions)),
      clock,
      cancelTakesMs: () => faults.cancelTakesMs,
    });
    this.runs.push(run);
    return run;
  }

  #heard(instructions: string): Heard {
    const said = this.messages.map(({ role, content }): Remembered => {
      return { role, text: content.map((part) => (part.type === 'text' ? part.text.value : '')).join('') };
    });
    const last = said.at(-1);
    const [history, text] = last?.role === 'user' ? [said.slice(0, -1), last.text] : [said, ''];
    const told: Remembered[] = instructions === '' ? [] : [{ role: 'developer', text: instructions }];
    return { history: [...told, ...history], text, sessionId: this.id };
  }
}
