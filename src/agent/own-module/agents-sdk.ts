// The user's own Agent of the Agents SDK, run in this process. The relay keeps its memory and passes it whole to every run,
// because a session of the SDK cannot say that an answer was heard in part. A run that was aborted still finishes the tools
// it had begun, so the next one waits for it a little.
import type * as sdk from '@openai/agents';
import type { OpenAI } from 'openai';
import type { CallCommand, CallFacts } from '../../call/call.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import type { ToolAnswer } from '../../call/phone-tools.ts';
import { aborted, within } from '../../call/waiting.ts';
import type { AgentEvent, AgentMessage, Clock, Conversation, LookedUp, Opening } from '../../call/ports.ts';
import { idOf, recalled } from '../agent-memory.ts';
import { agentsSdkFailure, errorName, isInputTripwire, isTripwire } from './agents-sdk-failure.ts';
import { AgentsSdkText } from './agents-sdk-text.ts';
import { finishedCalls, itemSchema, itemsAsJson, saidByAgent } from './agents-sdk-items.ts';
import { agentNamed, phoneAgent } from './agents-sdk-tools.ts';
import { type AgentFailed, failed } from '../failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../heard-history.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { type Ask, Turns } from '../turns.ts';

export interface AgentsSdkParts {
  readonly sdk: typeof sdk;
  readonly agent: sdk.Agent;
  /** For models that the agent only names; not for one that it brings along. */
  readonly client: OpenAI;
  readonly clock: Clock;
}

/** What the agent's instructions, tools and guardrails find in `runContext.context`: one object a call, theirs to change. */
export interface CallContext {
  readonly call: CallFacts;
}

const KIND = 'agents-sdk';
const WINDING_DOWN_MS = 1_000;

/** Asks for the model by its name; of a model that the agent brings along, nobody can be asked. */
export async function lookUpAgentsSdk({ sdk, agent, client }: AgentsSdkParts): Promise<LookedUp> {
  if (typeof agent.model !== 'string' || hasOwnClient(sdk)) return { is: 'found' };
  const model = agent.model === '' ? sdk.getDefaultModel() : agent.model;
  return lookUp(
    `The model "${model}" of the agent "${agent.name}"`,
    async () => (await client.models.retrieve(model)).id,
  );
}

interface Turn {
  readonly asked: readonly sdk.AgentInputItem[];
  readonly heardOfLast: string | null;
  readonly pipe: ReplyPipe;
  readonly text: AgentsSdkText;
  /** Commands that wait until the text before them is written. */
  readonly commands: CallCommand[];
  told: string;
}

interface Run {
  readonly output: readonly sdk.AgentInputItem[];
  readonly newItems: readonly sdk.RunItem[];
  readonly interruptions?: readonly sdk.RunToolApprovalItem[] | undefined;
  readonly finalOutput?: unknown;
  readonly lastAgent: sdk.Agent | undefined;
}

export class AgentsSdkConversation implements Conversation {
  readonly #runner: sdk.Runner;
  readonly #context: CallContext;
  readonly #history: HeardHistory<sdk.AgentInputItem>;
  readonly #clock: Clock;
  readonly #turns = new Turns();
  /** Outputs of the phone tools: they are not spoken if the agent makes a tool's output its answer. */
  readonly #phoneOutputs = new Set<string>();
  /** Who answers next: after a handoff, another agent than at first. */
  #agent: sdk.Agent;
  readonly #waiting: Turn[] = [];
  /** The turn whose run may still write here. */
  #turn: Turn | null = null;

  constructor(
    { sdk, agent, client, clock }: AgentsSdkParts,
    { call, note, greeting, tools }: Opening,
    memory?: AgentMemory,
  ) {
    this.#clock = clock;
    const before = recalled(KIND, memory);
    const exchanges = exchangesOf(itemSchema(sdk), before?.history['exchanges']);
    this.#runner = new sdk.Runner({
      tracingDisabled: true,
      ...(hasOwnClient(sdk) ? {} : { modelProvider: new sdk.OpenAIProvider({ openAIClient: client }) }),
    });
    this.#context = { call };
    this.#history = new HeardHistory({
      opening: [{ role: 'system', content: note }],
      greeting: saidByAgent(greeting ?? ''),
      cutOff: (answered, heard) => [...finishedCalls(answered), ...saidByAgent(heard)],
      before: exchanges,
    });
    const first = phoneAgent(agent, {
      tool: sdk.tool,
      offered: tools.offered,
      call: (name, args) => this.#order(tools.call(name, args)),
    });
    const name = exchanges === null ? null : idOf(before?.reference['agent']);
    this.#agent = (name === null ? null : agentNamed(first, name)) ?? first;
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#reply([], null, signal);
  }

  reply({ text, notes, heardOfLast }: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const asked: sdk.AgentInputItem[] = notes.map((note) => ({ role: 'system', content: note }));
    if (text !== '') asked.push({ role: 'user', content: text });
    return this.#reply(asked, heardOfLast, signal);
  }

  /** Without what the user's code wrote into the context, and without an agent that only a handoff knows. */
  memory(): AgentMemory | null {
    if (this.#history.isUntouched && this.#waiting.length === 0) return null;
    const waiting = this.#waiting.map(({ asked }) => ({ asked, answered: [] }));
    return {
      kind: KIND,
      reference: { agent: this.#agent.name },
      history: { exchanges: exchangesAsJson([...this.#history.exchanges, ...waiting], itemsAsJson) },
    };
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  async *#reply(
    asked: readonly sdk.AgentInputItem[],
    heardOfLast: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<AgentEvent, void> {
    const pipe = new ReplyPipe();
    const turn: Turn = { asked, heardOfLast, pipe, text: new AgentsSdkText(), commands: [], told: '' };
    this.#waiting.push(turn);
    const ask: Ask = (stop) => {
      const run = this.#run(turn, stop);
      return Promise.race([run, aborted(stop).then(() => within(this.#clock, WINDING_DOWN_MS, run, null))]);
    };
    for await (const event of this.#turns.reply(pipe, signal, ask)) {
      if (event.type === 'text') turn.told += event.delta;
      yield event;
    }
  }

  async #run(turn: Turn, signal: AbortSignal): Promise<AgentFailed | null> {
    if (this.#turn !== null) this.#history.answerInPart([], this.#turn.told);
    this.#turn = turn;
    this.#waiting.shift();
    this.#history.ask(turn.asked, turn.heardOfLast);
    let run: Run | null = null;
    try {
      if (signal.aborted) return null;
      const stream = await this.#runner.run<sdk.Agent, unknown>(this.#agent, this.#history.items, {
        stream: true,
        signal,
        context: this.#context,
      });
      run = stream;
      for await (const event of stream) this.#hear(event, turn);
      await stream.completed;
      return signal.aborted ? null : this.#finish(stream, turn);
    } catch (error) {
      return signal.aborted ? null : this.#failure(run, turn, error);
    } finally {
      if (this.#turn === turn) {
        this.#turn = null;
        this.#agent = run?.lastAgent ?? this.#agent;
        if (signal.aborted) this.#history.answerInPart(run?.output ?? [], turn.told);
      }
    }
  }

  #hear(event: sdk.RunStreamEvent, turn: Turn): void {
    if (event.type === 'raw_model_stream_event') turn.pipe.write(turn.text.hear(event.data));
    else if (event.type === 'run_item_stream_event' && event.name === 'tool_output') giveCommands(turn);
  }

  #order(answer: ToolAnswer | null): string {
    if (answer === null) return 'Not done: there is no such tool.';
    if (answer.command !== null) this.#turn?.commands.push(answer.command);
    this.#phoneOutputs.add(answer.output);
    return answer.output;
  }

  #finish(run: Run, turn: Turn): AgentFailed | null {
    const { pipe, text } = turn;
    giveCommands(turn);
    if (run.interruptions !== undefined && run.interruptions.length > 0) {
      this.#history.answerInPart(run.output, text.spoken);
      return text.spoken === '' ? failed('refused', 'asks for approval') : null;
    }
    const answered: sdk.AgentInputItem[] = [...run.output];
    if (run.newItems.at(-1)?.type === 'tool_call_output_item') {
      const output: unknown = run.finalOutput;
      if (typeof output === 'string' && !this.#phoneOutputs.has(output)) {
        pipe.write(text.add(output));
        answered.push(...saidByAgent(output));
      }
    }
    this.#history.answer(answered);
    return null;
  }

  #failure(run: Run | null, turn: Turn, error: unknown): AgentFailed | null {
    const { pipe, text } = turn;
    const answered = run?.output ?? [];
    giveCommands(turn);
    // A reply that met its length limit and a refusal in the model's own words are answers to the caller.
    const isAnswer = text.badEnd?.isCutShort === true || errorName(error) === 'ModelRefusalError';
    if (isAnswer && text.spoken !== '') {
      this.#history.answerInPart(answered, text.spoken);
      return null;
    }
    const isWithdrawn = isTripwire(error);
    if (isWithdrawn && text.spoken !== '') pipe.withdraw();
    const failure = agentsSdkFailure(error, text.badEnd);
    // The model would refuse the same words with every later run; but what a tool has done is done.
    const isForgotten =
      failure.failure === 'refused' && (isInputTripwire(error) || finishedCalls(answered).length === 0);
    if (isForgotten) this.#history.takeBack();
    else this.#history.answerInPart(answered, isWithdrawn ? '' : text.spoken);
    return failure;
  }
}

/** Whether the user's module has set a client of its own, with its own key and server. */
function hasOwnClient({ getDefaultOpenAIClient }: typeof sdk): boolean {
  return getDefaultOpenAIClient() !== undefined;
}

function giveCommands({ commands, pipe }: Turn): void {
  for (const command of commands.splice(0)) pipe.command(command);
}
