// The tools of a saved agent with those of the phone beside them. The list that a session is created with REPLACES the
// saved one, so it must hold all of that; where it cannot be had whole, none is sent, and the saved one stands.
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { AgentToolParam, PersistedAgentTool } from 'openai/resources/beta/agents/agents';
import type { PhoneTool } from '../call/phone-tools.ts';
import { failedWith } from './failures.ts';

/** What is sent back as it came. Tools over MCP are not: credentials that they may need do not come with the list. */
const SENT_BACK: ReadonlySet<string> = new Set<PersistedAgentTool['type']>([
  'function',
  'tool_search',
  'programmatic_tool_calling',
  'web_search',
  'computer_use',
  'automations',
]);

/** A call that begins before the agent was ever read waits no longer for that. */
const FIRST_READ_MS = 1000;

export interface SavedToolsOptions {
  readonly client: OpenAI;
  readonly agentId: string;
  readonly log: (line: string) => void;
}

/** One for the process. */
export class SavedTools {
  readonly #options: SavedToolsOptions;
  /** As last read; null where it never was. */
  #saved: readonly PersistedAgentTool[] | null = null;
  #reading: Promise<void> | null = null;
  #hasBeenRead = false;
  #areRefused = false;
  #lastLine = '';

  constructor(options: SavedToolsOptions) {
    this.#options = options;
  }

  /** Rejects as the SDK does. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#hasBeenRead = true;
      this.#reading = null;
    });
    return this.#reading;
  }

  /**
   * The tools to create a session with; null to leave them as they were saved. Told from what was read last, while it is
   * read anew: a change of the agent's tools holds from the second call on. Never rejects.
   */
  async with(offered: readonly PhoneTool[]): Promise<AgentToolParam[] | null> {
    if (this.#areRefused) return null;
    const reading = this.read().catch((error: unknown) =>
      this.#note(`not read: ${failedWith(error).detail}`),
    );
    if (!this.#hasBeenRead) await Promise.race([reading, pause(FIRST_READ_MS, null, { ref: false })]);
    if (this.#saved === null) return null;
    const saved = this.#saved;
    const missing = offered.filter(
      ({ name }) => !saved.some((tool) => tool.type === 'function' && tool.name === name),
    );
    if (missing.length === 0) return null;
    const kept = saved.find(({ type }) => !SENT_BACK.has(type));
    if (kept === undefined) return [...saved, ...missing.map(asFunction)];
    this.#note(`its list cannot be sent back whole, for it has tools of the type ${nameOf(kept.type)}`);
    return null;
  }

  /** The API took the session without these tools, but not with them. */
  refused(): void {
    this.#areRefused = true;
    this.#note('refused with them');
  }

  async #read(): Promise<void> {
    const { client, agentId } = this.#options;
    const { tools } = await client.beta.agents.retrieve(agentId);
    // An endpoint that is only like OpenAI's may leave the list out.
    this.#saved = Array.isArray(tools) ? tools : null;
  }

  #note(why: string): void {
    if (why === this.#lastLine) return;
    this.#lastLine = why;
    this.#options.log(
      `agents-api: the saved agent is left with its own tools: ${why}. ` +
        'Declare the phone tools in the saved agent, or have it write directives.',
    );
  }
}

function asFunction({ name, description, parameters }: PhoneTool): AgentToolParam {
  return { type: 'function', name, description, parameters };
}

/** A name out of what a vendor or an author wrote, for the log. */
export function nameOf(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : '(no plain name)';
}
