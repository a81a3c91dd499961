// How much of the chat/completions protocol the server at AGENT_BASE_URL takes, learnt from what it refuses; one for the
// process. A refusal does not say what it is about, so something is left out for good only where the very same request
// is taken without it, and never once it has been taken before.

export interface Dialect {
  readonly hasTools: boolean;
  /** Notes are `system` messages; templates that take one at the very beginning only get them in the caller's name. */
  readonly notesAre: 'system' | 'user';
}

/** OpenRouter says 404 where it has no endpoint that takes tools. */
const REFUSES_TOOLS: readonly unknown[] = [400, 404, 422, 501];
const REFUSES_NOTES: readonly unknown[] = [400, 422];

export class ChatDialect {
  readonly #log: (line: string) => void;
  #used: Dialect = { hasTools: true, notesAre: 'system' };
  #takesTools = false;
  #takesLateNotes = false;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  get used(): Dialect {
    return this.#used;
  }

  /** What may be tried instead, the best first, once a request was refused with this status. */
  instead(status: unknown): Dialect[] {
    const { hasTools, notesAre } = this.#used;
    const mayLackTools = hasTools && !this.#takesTools && REFUSES_TOOLS.includes(status);
    const mayMoveNotes = notesAre === 'system' && !this.#takesLateNotes && REFUSES_NOTES.includes(status);
    const simpler: Dialect[] = [];
    if (mayLackTools) simpler.push({ hasTools: false, notesAre });
    if (mayMoveNotes) simpler.push({ hasTools, notesAre: 'user' });
    if (mayLackTools && mayMoveNotes) simpler.push({ hasTools: false, notesAre: 'user' });
    return simpler;
  }

  /** The server took a request; `hasLateNotes` where a note stood behind words. */
  taken(dialect: Dialect, hasLateNotes: boolean): void {
    if (dialect.hasTools) this.#takesTools = true;
    if (dialect.notesAre === 'system' && hasLateNotes) this.#takesLateNotes = true;
    if (this.#used.hasTools && !dialect.hasTools)
      this.#log(
        'chat: the server refuses tools, so it is offered none any more. ' +
          'Tell the agent to write directives, such as [[end]].',
      );
    if (this.#used.notesAre === 'system' && dialect.notesAre === 'user')
      this.#log(
        'chat: the server refuses system messages between others; notes are user messages from now on.',
      );
    this.#used = dialect;
  }
}
