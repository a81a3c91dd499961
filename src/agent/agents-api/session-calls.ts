// The functions that an agent calls in its session. A call comes several times: as an item, as what the session waits for,
// and again after a lost stream. It is carried out once, and answered until the session has the answer.
import type { AgentSessionInputParam } from 'openai/resources/beta/agents/agents';
import type { PhoneTools } from '../../call/phone-tools.ts';
import type { Reply } from './reply.ts';
import { plainName } from '../saved-tools.ts';

type Result = AgentSessionInputParam.SessionInputParamAgentSessionInputToolResult;

/** What an item and a required action have in common. */
export interface FunctionCall {
  readonly call_id: string;
  readonly turn_id: string;
  readonly name: string;
  readonly arguments: unknown;
}

export interface SessionCallsOptions {
  readonly tools: PhoneTools;
  readonly send: (result: Result) => Promise<void>;
  readonly onNotSent: (error: unknown) => void;
  readonly log: (line: string) => void;
}

interface Answer {
  readonly result: Result;
  is: 'unsent' | 'sending' | 'taken';
  /** The call came again while its answer was under way, so the answer may have been too early. */
  isToldAgain: boolean;
}

export class SessionCalls {
  readonly #options: SessionCallsOptions;
  readonly #answers = new Map<string, Answer>();

  constructor(options: SessionCallsOptions) {
    this.#options = options;
  }

  /** `reply` reads the call's turn; null if nobody does, and then no command is given. */
  take(call: FunctionCall, reply: Reply | null): void {
    const known = this.#answers.get(call.call_id);
    if (known?.is === 'sending') known.isToldAgain = true;
    if (known !== undefined && known.is !== 'unsent') return;
    const answer = known ?? { result: this.#obey(call, reply), is: 'unsent', isToldAgain: false };
    this.#answers.set(call.call_id, answer);
    void this.#send(answer);
  }

  #obey({ call_id, turn_id, name, arguments: args }: FunctionCall, reply: Reply | null): Result {
    const result = { type: 'agent.session.input.tool_result', turn_id, call_id } as const;
    if (reply === null) return { ...result, success: false, error: 'The caller does not hear this.' };
    const answer = this.#options.tools.call(name, args);
    if (answer === null) {
      this.#options.log(`agents-api: nobody here has the tool that was called: ${plainName(name)}`);
      return { ...result, success: false, error: 'This tool is not available on the phone.' };
    }
    const { command, output } = answer;
    if (command === null) return { ...result, success: false, error: output };
    reply.pipe.command(command);
    return { ...result, success: true, output };
  }

  /** Never rejects. */
  async #send(answer: Answer): Promise<void> {
    do {
      answer.is = 'sending';
      answer.isToldAgain = false;
      try {
        await this.#options.send(answer.result);
        answer.is = 'taken';
        return;
      } catch (error) {
        answer.is = 'unsent';
        this.#options.onNotSent(error);
      }
    } while (answer.isToldAgain);
  }
}
