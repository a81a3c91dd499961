// The tools saved with an agent, with the phone's beside them. A list that is sent with a request REPLACES the saved one,
// so it must hold all of that; while it cannot be read whole, none is sent, and the agent keeps its own.
import { fieldsOf } from '../call/json.ts';
import type { PhoneTool } from '../call/phone-tools.ts';
import type { Clock } from '../call/ports.ts';
import { within } from '../call/waiting.ts';
import { failedWith } from './failures.ts';

/** A call that begins before the agent was ever read waits no longer for that. */
const FIRST_READ_MS = 1000;

export interface SavedToolsParts<Tool> {
  /** The saved list; anything else where a server only resembles OpenAI's. Rejects as the SDK does. */
  readonly read: () => Promise<unknown>;
  readonly asTool: (tool: PhoneTool) => Tool;
  /** Why the list cannot be sent back, as a clause; null when it can. */
  readonly problem?: (tools: readonly Tool[]) => string | null;
  readonly clock: Clock;
  readonly note: (why: string) => void;
}

export class SavedTools<Tool> {
  readonly #parts: SavedToolsParts<Tool>;
  #saved: readonly Tool[] | null = null;
  #reading: Promise<void> | null = null;
  #hasBeenRead = false;
  #areRefused = false;
  #lastNote = '';

  constructor(parts: SavedToolsParts<Tool>) {
    this.#parts = parts;
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
   * The tools to send; null to leave the agent its own. Uses the list of the last reading and starts another: a change of
   * the agent's tools takes effect from the second call on. Never rejects.
   */
  async with(offered: readonly PhoneTool[]): Promise<Tool[] | null> {
    if (this.#areRefused) return null;
    const { asTool, problem, clock } = this.#parts;
    const reading = this.read().catch((error: unknown) =>
      this.#note(`not read: ${failedWith(error).detail}`),
    );
    if (!this.#hasBeenRead) await within(clock, FIRST_READ_MS, reading, undefined);
    const saved = this.#saved;
    if (saved === null) return null;
    // An author who declares a tool by one of our names describes it better.
    const missing = offered.filter(({ name }) => !saved.some((tool) => nameOf(tool) === name));
    if (missing.length === 0) return null;
    const whole = [...saved, ...missing.map(asTool)];
    const why = problem?.(whole) ?? null;
    if (why === null) return whole;
    this.#note(why);
    return null;
  }

  refused(): void {
    this.#areRefused = true;
    this.#note('refused with them');
  }

  async #read(): Promise<void> {
    const tools = await this.#parts.read();
    this.#saved = Array.isArray(tools) ? tools : null;
  }

  #note(why: string): void {
    if (why === this.#lastNote) return;
    this.#lastNote = why;
    this.#parts.note(why);
  }
}

/** The name of a function tool, in either of the forms that OpenAI's APIs have. */
function nameOf(tool: unknown): unknown {
  const { name, function: nested } = fieldsOf(tool);
  return name ?? fieldsOf(nested)['name'];
}

/** A name that a vendor or an author wrote, fit for the log. */
export function plainName(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : '(no plain name)';
}
