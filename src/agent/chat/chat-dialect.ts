// Which parts of the chat/completions protocol the server at AGENT_BASE_URL accepts, learnt from its refusals; one for the
// process. A refusal does not name its cause, so a part is dropped for good only when the same request succeeds without it,
// and never once the server has accepted that part.

export interface Dialect {
  readonly hasTools: boolean;
  /** `user` for templates that accept a system message only at the beginning. */
  readonly notesAre: 'system' | 'user';
}

/** OpenRouter answers 404 if it has no endpoint with tools. */
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

  /** The server accepted a request; `hasLateNotes` if a note stood after words. */
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
