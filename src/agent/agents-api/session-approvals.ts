// The approvals that an agent waits for before an MCP tool acts. Each becomes a question to the caller, and nothing but
// their yes approves: silence, a second unclear answer, or nobody who hears the question is a no.
import type { Clock } from '../../call/ports.ts';
import type { Reply } from './reply.ts';
import type { ApprovalRequest, ApprovalResult } from './session-wire.ts';
import { cutText } from '../../call/text.ts';
import { yesOrNo } from '../yes-or-no.ts';

/** From the question's being written: short of the time after which the relay asks whether the caller is there. */
const SILENCE_IS_NO_MS = 12_000;
const LONGEST_MESSAGE = 300;

export interface SessionApprovalsOptions {
  /** Two letters; English unless the question is known in it. */
  readonly language: string;
  readonly clock: Clock;
  readonly send: (result: ApprovalResult) => Promise<void>;
  readonly onNotSent: (error: unknown) => void;
}

export class SessionApprovals {
  readonly #options: SessionApprovalsOptions;
  readonly #known = new Set<string>();
  /** The first is what the caller was asked. */
  #waiting: ApprovalRequest[] = [];
  #hasRepeated = false;
  #cancelSilence: () => void = () => {};

  constructor(options: SessionApprovalsOptions) {
    this.#options = options;
  }

  /** The caller's next words are the answer. */
  get isAsking(): boolean {
    return this.#waiting.length > 0;
  }

  /** It may come again. `reply` reads the turn; null if nobody does. */
  take(request: ApprovalRequest, reply: Reply | null): void {
    if (this.#known.has(request.request_id)) return;
    this.#known.add(request.request_id);
    if (reply === null && !this.isAsking)
      return void this.#decide(request, 'deny').catch(this.#options.onNotSent);
    this.#waiting.push(request);
    if (this.#waiting.length === 1 && reply !== null) this.#ask(request, reply);
  }

  /**
   * The caller's words. Resolves to what they decided, or null if they were asked again, the same or the next question, which
   * ends `reply`. Rejects as the SDK does.
   */
  async hear(text: string, reply: Reply): Promise<{ readonly isBare: boolean } | null> {
    const [request, next] = this.#waiting;
    if (request === undefined) return { isBare: false };
    this.#cancelSilence();
    const answer = yesOrNo(text);
    if (answer === null && !this.#hasRepeated) {
      this.#hasRepeated = true;
      this.#ask(request, reply);
      return null;
    }
    this.#waiting.shift();
    this.#hasRepeated = false;
    await this.#decide(request, answer?.isYes === true ? 'approve' : 'deny');
    if (next !== undefined) this.#ask(next, reply);
    return next === undefined ? { isBare: answer?.isBare ?? false } : null;
  }

  /** The turn that asked is over. */
  drop(): void {
    this.#cancelSilence();
    this.#waiting = [];
    this.#hasRepeated = false;
  }

  #ask(request: ApprovalRequest, { pipe }: Reply): void {
    pipe.write(questionOf(request, this.#options.language));
    pipe.end();
    this.#cancelSilence();
    this.#cancelSilence = this.#options.clock.after(SILENCE_IS_NO_MS, () => {
      const denied = this.#waiting.map((one) => this.#decide(one, 'deny').catch(this.#options.onNotSent));
      this.drop();
      void Promise.all(denied);
    });
  }

  #decide({ request_id }: ApprovalRequest, decision: 'approve' | 'deny'): Promise<void> {
    return this.#options.send({
      type: 'agent.session.input.mcp_approval_request_result',
      request_id,
      response: { type: 'mcp_tool_call', decision },
    });
  }
}

interface Wording {
  readonly ask: (what: string) => string;
  /** Where the server of the tool says nothing. */
  readonly use: (tool: string | null, server: string) => string;
}

const ENGLISH: Wording = {
  ask: (what) => `May I do this: ${what}? Please say yes or no.`,
  use: (tool, server) => `use ${tool ?? 'a tool'} of ${server}`,
};

/** The languages that `yesOrNo` understands. */
const WORDINGS: ReadonlyMap<string, Wording> = new Map([
  ['en', ENGLISH],
  [
    'de',
    {
      ask: (what) => `Darf ich das tun: ${what}? Bitte sagen Sie ja oder nein.`,
      use: (tool, server) => `${tool ?? 'ein Werkzeug'} von ${server} benutzen`,
    },
  ],
  [
    'es',
    {
      ask: (what) => `¿Puedo hacer esto: ${what}? Por favor, diga sí o no.`,
      use: (tool, server) => `usar ${tool ?? 'una herramienta'} de ${server}`,
    },
  ],
]);

function questionOf({ request: { message, name, server_label } }: ApprovalRequest, language: string): string {
  const { ask, use } = WORDINGS.get(language) ?? ENGLISH;
  const plain = cutText(message, LONGEST_MESSAGE)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.?!]+$/, '');
  return `\n${ask(plain === '' ? use(name, server_label) : plain)}`;
}
