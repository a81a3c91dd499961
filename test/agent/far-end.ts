// The far end of the agent tests: the sandbox's agents on a port of their own, with a mind that each test scripts. It
// keeps what was heard and asked, and a test waits for that instead of for time to pass.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import express from 'express';
import type { PersistedAgentTool } from 'openai/resources/beta/agents/agents';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { AgentOptions } from '../../src/agent/agent-kind.ts';
import { phoneTools } from '../../src/call/phone-tools.ts';
import type { AgentEvent, AgentMessage, Clock, Opening } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import type { ChatKitQuirks } from '../../sandbox/chatkit/quirks.ts';
import type { FoundrySandbox } from '../../sandbox/foundry/foundry.ts';
import { mountAgentApis, sandboxAgents } from '../../sandbox/openai/agent-apis.ts';
import type {
  AgentFaults,
  SandboxAgents,
  SeenRequest,
  ToolAnswered,
} from '../../sandbox/openai/http-faults.ts';
import { dentist, flowerShop, type Heard, type MindReply } from '../../sandbox/openai/mind.ts';
import type { WireQuirks } from '../../sandbox/wire/wire-faults.ts';
import { listen } from '../support/listen.ts';
import { TurningClock } from '../support/turning-clock.ts';

export const GREETED: Opening = {
  call: { id: 'CI0', carrier: { sid: 'CA0' }, from: '+15550001', to: '+15550002', parameters: {} },
  note: '[A phone call has begun.]',
  greeting: 'Hello, who is there?',
  tools: phoneTools({ usual: '+15550100', allowed: ['+15550100'] }),
};
export const UNGREETED: Opening = { ...GREETED, greeting: null };

/** Where an agent is reached, and how patiently. */
export interface Reach {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly agentTimeoutMs?: number;
  readonly retries?: number;
}

/** Nobody answers here. The SDK waits half a second before it repeats a request, so here it does not. */
export const NOWHERE: Reach = {
  baseUrl: 'http://127.0.0.1:1/v1',
  apiKey: 'sk',
  retries: 0,
};

/** What an agent there is opened with. */
export function optionsFor(
  { baseUrl, apiKey, agentTimeoutMs = 20_000, retries = 1 }: Reach,
  given: Partial<AgentOptions> = {},
): AgentOptions {
  return {
    openaiBaseUrl: baseUrl,
    openaiApiKey: apiKey,
    agentBaseUrl: baseUrl,
    agentApiKey: apiKey,
    agentHeaders: {},
    azure: null,
    instructions: null,
    agentTimeoutMs,
    clock: new TurningClock(),
    log: () => {},
    requests: { retries },
    ...given,
  };
}

export class FarEnd {
  /** What the agent heard, without the note with which a call begins. */
  readonly heard: Heard[] = [];
  readonly requests: SeenRequest[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  readonly foundry: FoundrySandbox;
  /** What came back for the tools that the agent called. */
  readonly toolAnswers: ToolAnswered[] = [];
  /** What is saved with the agents of the Agents API, by their IDs; may be changed at any time. */
  readonly agentTools: Record<string, PersistedAgentTool[]> = {};
  /** The same of the assistants. */
  readonly assistantTools: Record<string, AssistantTool[]> = {};
  /** What the agent says to the note with which a call begins. */
  opening: MindReply = { text: 'ok' };
  /** What it says after that, one by one; the last is said again and again. */
  replies: MindReply[] = [];
  /** Requests that were taken and neither answered to the end nor given up. */
  openExchanges = 0;
  #port = 0;
  readonly #server: Server;
  readonly #state: SandboxAgents;
  readonly #watchers = new Set<() => void>();

  private constructor(clock: Clock) {
    const mind = (heard: Heard): MindReply => this.#think(heard);
    this.#state = sandboxAgents({
      clock,
      agents: { agent_scripted: mind, agent_flowers: flowerShop, agent_dentist: dentist },
      models: { scripted: mind, 'gpt-6-luna': flowerShop },
      assistants: { asst_scripted: mind, asst_flowers: flowerShop },
      agentTools: this.agentTools,
      assistantTools: this.assistantTools,
      onRequest: (request) => {
        this.requests.push(request);
        this.#lookAgain();
      },
      onToolAnswer: (answer) => {
        this.toolAnswers.push(answer);
        this.#lookAgain();
      },
    });
    const app = express();
    app.use((req, res, next) => {
      this.headers.push(req.headers);
      this.openExchanges++;
      res.on('close', () => {
        this.openExchanges--;
        this.#lookAgain();
      });
      next();
    });
    this.foundry = mountAgentApis(app, this.#state).foundry;
    this.#server = createServer(app);
  }

  /** `clock` times its delays. */
  static async start(clock: Clock = systemClock): Promise<FarEnd> {
    const farEnd = new FarEnd(clock);
    farEnd.#port = await listen(farEnd.#server);
    return farEnd;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}/v1`;
  }

  get apiKey(): string {
    return this.#state.apiKey;
  }

  get faults(): AgentFaults {
    return this.#state.faults;
  }

  get chatKit(): ChatKitQuirks {
    return this.#state.chatKit;
  }

  get wire(): WireQuirks {
    return this.#state.wire;
  }

  /** All that the agent knew when it was asked last, in order, as one text. */
  get known(): string {
    const { history = [], text = '' } = this.heard.at(-1) ?? {};
    return [...history.map((one) => `${one.role}: ${one.text}`), `user: ${text}`].join('\n');
  }

  /** How many sessions or threads were created, on an API that has such. */
  get conversationsBegun(): number {
    const asked = this.asked(/^POST .*\/(sessions|threads|chatkit\/\w+)$/);
    return asked.filter(
      ({ path, body }) => !path.includes('chatkit') || /"threads\.create"/.test(JSON.stringify(body)),
    ).length;
  }

  /** Resolves once `isSo`, which is looked at whenever something was asked, heard or ended. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  /** Requests whose method and path match. */
  asked(pattern: RegExp): SeenRequest[] {
    return this.requests.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #think(heard: Heard): MindReply {
    const last = heard.text === '' ? (heard.history.at(-1)?.text ?? '') : heard.text;
    const isOpening = last === '' || last.endsWith(GREETED.note) || /\[Answer these lines/.test(last);
    if (isOpening) return this.opening;
    this.heard.push(heard);
    this.#lookAgain();
    return (this.replies.length > 1 ? this.replies.shift() : this.replies[0]) ?? { text: 'Yes.' };
  }

  #lookAgain(): void {
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}

/** What the caller said, and what the relay adds. */
export function message(
  text: string,
  notes: readonly string[] = [],
  heardOfLast: string | null = null,
): AgentMessage {
  return { text, notes, heardOfLast };
}

/** All that a reply yielded, to its end. */
export async function read(reply: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> {
  return Array.fromAsync(reply);
}

/** What was written; a failure or a command stands in it as its kind, in angle brackets. */
export function textOf(events: readonly AgentEvent[]): string {
  return events
    .map((event) => {
      switch (event.type) {
        case 'text':
          return event.delta;
        case 'command':
          return `<${event.command.type}>`;
        case 'withdrawn':
          return '<withdrawn>';
        case 'usage':
          return '';
        case 'failed':
          return `<${event.failure}>`;
      }
    })
    .join('');
}

/** A signal that never aborts. */
export function patience(): AbortSignal {
  return new AbortController().signal;
}
