// The tools of an assistant with those of the phone beside them. The tools that a run is created with REPLACE the
// assistant's own, so they must hold all of those; where they cannot be had, none are sent, and the assistant's stand.
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { PhoneTool } from '../../call/phone-tools.ts';
import { failedWith } from '../failures.ts';

/** The first call of a process waits no longer for what is sent back. */
const FIRST_READ_MS = 1000;
/** What the API takes with one run. */
const MOST_TOOLS = 128;

/** One for the process. */
export class AssistantTools {
  readonly #client: OpenAI;
  readonly #assistantId: string;
  readonly #log: (line: string) => void;
  /** As last read; null where that never worked. */
  #own: readonly AssistantTool[] | null = null;
  #reading: Promise<void> | null = null;

  constructor(client: OpenAI, assistantId: string, log: (line: string) => void) {
    this.#client = client;
    this.#assistantId = assistantId;
    this.#log = log;
  }

  /** Rejects as the SDK does. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /**
   * What to create a call's runs with; null to leave the assistant its own. Told from what was read last, while it is
   * read anew: a change of the assistant's tools holds from the second call on. Never rejects.
   */
  async with(offered: readonly PhoneTool[]): Promise<AssistantTool[] | null> {
    const reading = this.read().catch((error: unknown) =>
      this.#log(`assistants: tools not read: ${failedWith(error).detail}`),
    );
    if (this.#own === null) await Promise.race([reading, pause(FIRST_READ_MS, null, { ref: false })]);
    const own = this.#own;
    if (own === null) return null;
    // Where an author has declared a tool of this name, theirs is the better description.
    const missing = offered.filter(
      ({ name }) => !own.some((tool) => tool.type === 'function' && tool.function.name === name),
    );
    if (missing.length === 0 || own.length + missing.length > MOST_TOOLS) return null;
    return [...own, ...missing.map(asFunction)];
  }

  async #read(): Promise<void> {
    const { tools } = await this.#client.beta.assistants.retrieve(this.#assistantId);
    // A server that is only like OpenAI's may leave the list out.
    this.#own = Array.isArray(tools) ? tools : null;
  }
}

function asFunction({ name, description, parameters }: PhoneTool): AssistantTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters }, strict: true } };
}
