// An agent of the user's own that was made with the Agents SDK, run in this process. Its memory is kept here and handed
// over whole with every run, and not in a session of the SDK, which has no way to say that an answer was heard in part.
// A run that was aborted still finishes the tools it had begun, so the next one waits for it a little.
import { setTimeout as pause } from 'node:timers/promises';
import type * as sdk from '@openai/agents';
import type { OpenAI } from 'openai';
import type { CallCommand, CallFacts } from '../../call/call.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import type { ToolAnswer } from '../../call/phone-tools.ts';
import type { AgentEvent, AgentMessage, Conversation, LookedUp, Opening } from '../../call/ports.ts';
import { idOf, recalled } from '../agent-memory.ts';
import { agentsSdkFailure, errorName, isInputTripwire, isTripwire } from './agents-sdk-failure.ts';
import { AgentsSdkText } from './agents-sdk-text.ts';
import { finishedCalls, itemOf, itemsAsJson, saidByAgent } from './agents-sdk-items.ts';
import { agentNamed, phoneAgent } from './agents-sdk-tools.ts';
import { failed } from '../failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../heard-history.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';

export interface AgentsSdkOptions {
  /** The copy of the SDK that the agent was made with. */
  readonly sdk: typeof sdk;
  readonly agent: sdk.Agent;
  /** For the calls of models that are named only; not for one that the agent brings along. */
  readonly client: OpenAI;
}

/** What the agent's instructions, tools and guardrails find in `runContext.context`; one for each call, theirs to write to. */
export interface CallContext {
  readonly call: CallFacts;
}

const KIND = 'agents-sdk';
/** How long a reply waits for what the last one left running. */
const WINDING_DOWN_MS = 1_000;

/** Asks for the model by its name; an agent that brings its own way to one cannot be asked for. */
export async function lookUpAgentsSdk({ sdk, agent, client }: AgentsSdkOptions): Promise<LookedUp> {
  if (typeof agent.model !== 'string' || agent.prompt !== undefined || hasOwnClient(sdk))
    return { is: 'found' };
  const model = agent.model === '' ? sdk.getDefaultModel() : agent.model;
  return lookUp(`The model "${model}" of the agent "${agent.name}"`, () => client.models.retrieve(model));
}

export function openAgentsSdk(
  options: AgentsSdkOptions,
  opening: Opening,
  memory?: AgentMemory,
): Conversation {
  return new AgentsSdkConversation(options, opening, memory);
}

interface Turn {
  readonly asked: readonly sdk.AgentInputItem[];
  readonly heardOfLast: string | null;
  readonly pipe: ReplyPipe;
  readonly text: AgentsSdkText;
  /** What was ordered, until the text before it has been written. */
  readonly orders: CallCommand[];
  /** As much of the text as was handed on. */
  told: string;
}

/** What came of a run, so far. */
interface Run {
  readonly output: readonly sdk.AgentInputItem[];
  readonly newItems: readonly sdk.RunItem[];
  readonly interruptions?: readonly sdk.RunToolApprovalItem[] | undefined;
  readonly finalOutput?: unknown;
  readonly lastAgent: sdk.Agent | undefined;
}

class AgentsSdkConversation implements Conversation {
  readonly #runner: sdk.Runner;
  readonly #context: CallContext;
  readonly #history: HeardHistory<sdk.AgentInputItem>;
  readonly #closing = new AbortController();
  /** The outputs of the phone's own tools: not to be spoken where the agent takes a tool's output for its answer. */
  readonly #phoneOutputs = new Set<string>();
  /** Who answers next: after a handoff, another one than at first. */
  #agent: sdk.Agent;
  /** What is to be asked once the last run is over. */
  readonly #waiting: Turn[] = [];
  /** Whose run may still write here. */
  #turn: Turn | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    { sdk, agent, client }: AgentsSdkOptions,
    { call, note, greeting, tools }: Opening,
    memory: AgentMemory | undefined,
  ) {
    const before = recalled(KIND, memory);
    const exchanges = exchangesOf(before?.history['exchanges'], (value) => itemOf(sdk, value));
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

  /** What the user's code wrote into the context of the call is not in it, nor an agent that only a handoff knows. */
  memory(): AgentMemory | null {
    if (this.#history.isUntouched && this.#waiting.length === 0) return null;
    const waiting = this.#waiting.map(({ asked }) => ({ asked, answered: [] }));
    return {
      kind: KIND,
      reference: { agent: this.#agent.name },
      history: { exchanges: exchangesAsJson([...this.#history.exchanges, ...waiting], itemsAsJson) },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async *#reply(
    asked: readonly sdk.AgentInputItem[],
    heardOfLast: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<AgentEvent, void> {
    const pipe = new ReplyPipe();
    const turn: Turn = { asked, heardOfLast, pipe, text: new AgentsSdkText(), orders: [], told: '' };
    this.#waiting.push(turn);
    const reader = new AbortController();
    const stop = AbortSignal.any([signal, reader.signal, this.#closing.signal]);
    this.#running = this.#running.then(() => Promise.race([this.#run(turn, stop), windingDown(stop)]));
    try {
      for await (const event of pipe.read(signal)) {
        if (event.type === 'text') turn.told += event.delta;
        yield event;
      }
    } finally {
      reader.abort();
    }
  }

  /** One run, to its end. Never rejects. */
  async #run(turn: Turn, signal: AbortSignal): Promise<void> {
    if (this.#turn !== null) this.#history.answerInPart([], this.#turn.told);
    this.#turn = turn;
    this.#waiting.shift();
    this.#history.ask(turn.asked, turn.heardOfLast);
    let run: Run | null = null;
    try {
      if (signal.aborted) return;
      const stream = await this.#runner.run<sdk.Agent, unknown>(this.#agent, this.#history.items, {
        stream: true,
        signal,
        context: this.#context,
      });
      run = stream;
      for await (const event of stream) this.#hear(event, turn);
      await stream.completed;
      if (!signal.aborted) this.#finish(stream, turn);
    } catch (error) {
      if (!signal.aborted) this.#fail(run, turn, error);
    } finally {
      if (this.#turn === turn) {
        this.#turn = null;
        this.#agent = run?.lastAgent ?? this.#agent;
        if (signal.aborted) this.#history.answerInPart(run?.output ?? [], turn.told);
      }
      turn.pipe.end();
    }
  }

  #hear(event: sdk.RunStreamEvent, turn: Turn): void {
    if (event.type === 'raw_model_stream_event') turn.pipe.write(turn.text.hear(event.data));
    else if (event.type === 'run_item_stream_event' && event.name === 'tool_output') tellOrders(turn);
  }

  #order(answer: ToolAnswer | null): string {
    if (answer === null) return 'Not done: there is no such tool.';
    if (answer.command !== null) this.#turn?.orders.push(answer.command);
    this.#phoneOutputs.add(answer.output);
    return answer.output;
  }

  #finish(run: Run, turn: Turn): void {
    const { pipe, text } = turn;
    tellOrders(turn);
    if (run.interruptions !== undefined && run.interruptions.length > 0) {
      // A tool that somebody must allow, and there is nobody here who could.
      if (text.spoken === '') pipe.fail(failed('refused', 'asks for approval'));
      this.#history.answerInPart(run.output, text.spoken);
      return;
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
  }

  #fail(run: Run | null, turn: Turn, error: unknown): void {
    const { pipe, text } = turn;
    const answered = run?.output ?? [];
    tellOrders(turn);
    // A reply that met its length limit, and a refusal in the model's own words, are answers to whoever hears them.
    const isAnswer = text.badEnd?.isCutShort === true || errorName(error) === 'ModelRefusalError';
    if (isAnswer && text.spoken !== '') {
      this.#history.answerInPart(answered, text.spoken);
      return;
    }
    const isTaken = isTripwire(error);
    if (isTaken && text.spoken !== '') pipe.withdraw();
    const event = agentsSdkFailure(error, text.badEnd);
    // What was refused would be refused again with every later run; but what a tool has done is done.
    const isForgotten =
      event.failure === 'refused' && (isInputTripwire(error) || finishedCalls(answered).length === 0);
    if (isForgotten) this.#history.takeBack();
    else this.#history.answerInPart(answered, isTaken ? '' : text.spoken);
    pipe.fail(event);
  }
}

/** Whether the user's module has set a client of its own, with its own key and place. */
function hasOwnClient({ getDefaultOpenAIClient }: typeof sdk): boolean {
  return getDefaultOpenAIClient() !== undefined;
}

function tellOrders({ orders, pipe }: Turn): void {
  for (const command of orders.splice(0)) pipe.command(command);
}

/** Resolves a while after `signal` has aborted. */
async function windingDown(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', resolve, { once: true });
  });
  await pause(WINDING_DOWN_MS, null, { ref: false });
}
