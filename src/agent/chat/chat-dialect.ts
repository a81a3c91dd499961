// Which parts of the chat/completions protocol the server at AGENT_BASE_URL accepts, learnt from its refusals; one for the
// process. A refusal does not name its cause, so a part is dropped for good only when the same request succeeds without it,
// and never once the server has accepted that part.

export interface Dialect {
  readonly hasTools: boolean;
  /** Whether the server is asked to count tokens, which old ones refuse. */
  readonly hasUsage: boolean;
  /** `user` for templates that accept a system message only at the beginning. */
  readonly notesAre: 'system' | 'user';
}

/** OpenRouter answers 404 if it has no endpoint with tools. */
const REFUSES_TOOLS: readonly unknown[] = [400, 404, 422, 501];
const REFUSES_NOTES: readonly unknown[] = [400, 422];
const REFUSES_USAGE = REFUSES_NOTES;

export class ChatDialect {
  readonly #log: (line: string) => void;
  #used: Dialect = { hasTools: true, hasUsage: true, notesAre: 'system' };
  #takesTools = false;
  #takesUsage = false;
  #takesLateNotes = false;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  get used(): Dialect {
    return this.#used;
  }

  instead(status: unknown): Dialect[] {
    const { hasTools, hasUsage, notesAre } = this.#used;
    const mayLackTools = hasTools && !this.#takesTools && REFUSES_TOOLS.includes(status);
    const mayLackUsage = hasUsage && !this.#takesUsage && REFUSES_USAGE.includes(status);
    const mayMoveNotes = notesAre === 'system' && !this.#takesLateNotes && REFUSES_NOTES.includes(status);
    const simpler: Dialect[] = [];
    for (const isCounted of mayLackUsage ? [hasUsage, false] : [hasUsage])
      for (const places of mayMoveNotes ? ([notesAre, 'user'] as const) : [notesAre])
        for (const areOffered of mayLackTools ? [hasTools, false] : [hasTools])
          simpler.push({ hasTools: areOffered, hasUsage: isCounted, notesAre: places });
    // The first is the one that was refused.
    return simpler.slice(1);
  }

  /** The server accepted a request; `hasLateNotes` if a note stood after words. */
  taken(dialect: Dialect, hasLateNotes: boolean): void {
    if (dialect.hasTools) this.#takesTools = true;
    if (dialect.hasUsage) this.#takesUsage = true;
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
    if (this.#used.hasUsage && !dialect.hasUsage)
      this.#log('chat: the server refuses stream_options, so it is not asked to count tokens any more.');
    this.#used = dialect;
  }
}
