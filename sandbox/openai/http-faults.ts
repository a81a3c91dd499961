// What the sandbox's agents share: who is published, with what key, what goes wrong, and who watches. The faults are
// those of a network or an overloaded vendor; an agent's own failures come from its mind.
import type { RequestHandler, Response } from 'express';
import type { PersistedAgentTool } from 'openai/resources/beta/agents/agents';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { Clock } from '../../src/call/ports.ts';
import type { ChatKitQuirks } from '../chatkit/quirks.ts';
import type { WireQuirks } from '../wire/wire-faults.ts';
import { pause } from '../pause.ts';
import type { ToldEvent } from './agents-turn.ts';
import type { Mind } from './mind.ts';

export interface SandboxAgents {
  readonly apiKey: string;
  /** Times every delay below and in a mind's reply. */
  readonly clock: Clock;
  /** Agents of the Agents API and models, by their IDs. */
  readonly agents: Readonly<Record<string, Mind>>;
  readonly models: Readonly<Record<string, Mind>>;
  /** Assistants of the Assistants API. */
  readonly assistants: Readonly<Record<string, Mind>>;
  /** The tools that were saved with an agent of the Agents API; none where there are none. */
  readonly agentTools: Readonly<Record<string, readonly PersistedAgentTool[]>>;
  /** The tools that an assistant was saved with; none where there are none. */
  readonly assistantTools: Readonly<Record<string, readonly AssistantTool[]>>;
  /** When models end, as the API writes it; of the others no end is announced. May be changed at any time. */
  readonly shutdownDates: Record<string, string>;
  /** May be changed at any time. */
  readonly faults: AgentFaults;
  /** How the ChatKit servers are; the agents behind them are those of the Agents API. */
  readonly chatKit: ChatKitQuirks;
  /** How the AG-UI, AI SDK and webhook servers are, in front of the same agents. */
  readonly wire: WireQuirks;
  readonly onRequest: (request: SeenRequest) => void;
  /** What came back for a tool that an agent called, whatever the API. */
  readonly onToolAnswer: (answer: ToolAnswered) => void;
  /** Every event of a session of the Agents API, just before the session sends it to its listeners. */
  readonly onEvent: (event: ToldEvent) => void;
  readonly log: (line: string) => void;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Milliseconds, on the clock of `performance.now()`. */
  readonly at: number;
}

export interface ToolAnswered {
  readonly name: string;
  /** The output, or the error where the API tells the two apart. */
  readonly output: string;
}

export interface AgentFaults {
  /** Which requests the next four fields are about, as `POST /v1/responses`; null for all. */
  only: RegExp | null;
  /** So many of the next requests are refused, with this status and code. */
  refuseNext: number;
  refuseWith: { status: number; code: string };
  /** So many of the next requests are taken and never answered. */
  hangNext: number;
  /** So many of the next answers stop in the middle of their first piece, and are never ended. */
  stallNext: number;
  /** Every request is answered so much later. */
  slowMs: number;
  /** A further stream of a session's events is opened so much later than it was asked for. */
  slowStreamsMs: number;
  /** A stream of a session's events stays open and silent after so many events; whatever was lost stays lost. */
  stallsStreamsAfterEvents: number;
  /** The headers of an event stream come with its first event only. */
  holdsStreamHeaders: boolean;
  /** The stream of a session's creation goes on after the first turn, instead of ending with it. */
  keepsCreateStream: boolean;
  /** So long after it was asked for, a turn is cancelled. */
  cancelTakesMs: number;
  /** Over the Responses API: as a server that keeps no responses, so that none can be continued. */
  keepsNoResponses: boolean;
  /** Over the Responses API: a field that the server does not take; '' for none. */
  refusesField: string;
  /** Over chat/completions: as a server of a model that knows no tools. */
  refusesTools: boolean;
  /** Over chat/completions: as a server whose template wants user and assistant by turns, and system at most first. */
  insistsOnAlternation: boolean;
}

export function noFaults(): AgentFaults {
  return {
    only: null,
    refuseNext: 0,
    refuseWith: { status: 500, code: 'server_error' },
    hangNext: 0,
    stallNext: 0,
    slowMs: 0,
    slowStreamsMs: 0,
    stallsStreamsAfterEvents: Infinity,
    holdsStreamHeaders: false,
    keepsCreateStream: false,
    cancelTakesMs: 0,
    keepsNoResponses: false,
    refusesField: '',
    refusesTools: false,
    insistsOnAlternation: false,
  };
}

/** Refuses as OpenAI does. */
export function refuse(
  res: Response,
  status: number,
  code: string | null,
  message: string,
  param: string | null = null,
): void {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
  res.status(status).json({ error: { message, type, code, param } });
}

/** Watches, checks the key, and lets go wrong what shall. */
export function atTheDoor(state: SandboxAgents): RequestHandler {
  return async (req, res, next) => {
    const { faults } = state;
    const path = req.originalUrl;
    state.onRequest({ method: req.method, path, body: req.body, at: performance.now() });
    if (faults.slowMs > 0) await pause(state.clock, faults.slowMs);
    const isMeant = faults.only === null || faults.only.test(`${req.method} ${path}`);
    if (isMeant && faults.hangNext > 0) {
      faults.hangNext--;
      return;
    }
    if (isMeant && faults.refuseNext > 0) {
      faults.refuseNext--;
      // The real one asks for less haste; a test has no time for that.
      res.set('retry-after-ms', '10');
      return refuse(res, faults.refuseWith.status, faults.refuseWith.code, 'The sandbox was told to refuse.');
    }
    if (isMeant && faults.stallNext > 0) {
      faults.stallNext--;
      stall(res);
    }
    if ((req.get('authorization') ?? '') === '')
      return refuse(res, 401, 'missing_authorization', "You didn't provide an API key.");
    if (req.get('authorization') !== `Bearer ${state.apiKey}`)
      return refuse(res, 401, 'invalid_api_key', 'Incorrect API key provided.');
    next();
  };
}

/** Lets half of what is written first through, and nothing after it. */
function stall(res: Response): void {
  const write = res.write.bind(res);
  let isStalled = false;
  const writeHalf = (piece?: unknown): void => {
    if (isStalled || (typeof piece !== 'string' && !Buffer.isBuffer(piece))) return;
    isStalled = true;
    const bytes = Buffer.from(piece);
    write(bytes.subarray(0, bytes.length / 2));
  };
  res.write = (piece: unknown): boolean => {
    writeHalf(piece);
    return true;
  };
  res.end = (piece?: unknown): Response => {
    writeHalf(piece);
    return res;
  };
}

/** An object, or null. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  const isRecord = (one: unknown): one is Record<string, unknown> =>
    typeof one === 'object' && one !== null && !Array.isArray(one);
  return isRecord(value) ? value : null;
}

/** The first field that this endpoint does not know; null when it knows all. */
export function unknownField(
  body: Readonly<Record<string, unknown>>,
  known: readonly string[],
): string | null {
  return Object.keys(body).find((field) => !known.includes(field)) ?? null;
}

interface EventStreamOptions {
  readonly holdsHeaders?: boolean;
  readonly stallsAfterEvents?: () => number;
  /** Every event carries random padding, as the Agents API's do unless they are asked not to. */
  readonly isPadded?: boolean;
  readonly onClosed: () => void;
}

/** Server-sent events on one response, each a JSON object. */
export class EventStream {
  readonly #res: Response;
  readonly #stallsAfterEvents: () => number;
  #told = 0;
  #hasStalled = false;
  readonly #isPadded: boolean;

  /** `onClosed` runs once, whichever end was the one to close. */
  constructor(res: Response, options: EventStreamOptions) {
    this.#res = res;
    this.#isPadded = options.isPadded ?? false;
    this.#stallsAfterEvents = options.stallsAfterEvents ?? (() => Infinity);
    res.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    if (options.holdsHeaders !== true) res.flushHeaders();
    res.on('close', options.onClosed);
  }

  tell(event: { readonly type: string; readonly sequence_number?: number }): void {
    this.#hasStalled ||= this.#told++ >= this.#stallsAfterEvents();
    if (this.#hasStalled) return;
    const padding = this.#isPadded ? { obfuscation: 'k3Zq81vX'.repeat(2) } : {};
    this.send(event.type, JSON.stringify({ ...event, ...padding }));
  }

  /** An event whose data does not name its type. */
  send(type: string, data: string): void {
    this.#res.write(`event: ${type}\ndata: ${data}\n\n`);
  }

  /** An event without a type, as chat/completions has them. */
  data(data: object | '[DONE]'): void {
    this.#res.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }

  /** What keeps a connection alive, and says nothing. */
  comment(text: string): void {
    this.#res.write(`: ${text}\n\n`);
  }

  end(): void {
    this.#res.end();
  }

  /** As when a network breaks: without a word. */
  drop(): void {
    this.#res.destroy();
  }
}
