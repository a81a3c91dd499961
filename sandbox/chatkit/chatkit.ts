// A ChatKit server in front of each of the sandbox's agents: one endpoint, to which everything is posted. As awkward as
// the Python library: what is not valid is a bare 500, and what goes wrong with a thread breaks off a body that had
// begun with 200. Who hangs up is taken at their word: the reply ends there, and is kept as far as it was written.
import { setImmediate as nextTick } from 'node:timers/promises';
import express, { type ErrorRequestHandler, type Express, type Response, Router } from 'express';
import { atTheDoor, recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { afterCall, type Mind, type MindReply } from '../openai/mind.ts';
import { requestOf } from './checks.ts';
import type {
  ClientRequest,
  ClientToolCall,
  InputPart,
  ServerEvent,
  StructuredInput,
  UserMessage,
} from './protocol.ts';
import { respond } from './respond.ts';
import { StreamedReply } from './streamed-reply.ts';
import { now, Thread } from './thread.ts';

type StreamingRequest = Exclude<ClientRequest, { type: 'threads.list' | 'items.list' }>;

/** Answers at `/chatkit/` and the ID of an agent of the Agents API. */
export function mountChatKit(app: Express, state: SandboxAgents): void {
  const read = express.json({ limit: '4mb', type: () => true });
  app.use('/chatkit', read, atTheDoor(state), chatKitRoutes(state), asInternalError);
}

function chatKitRoutes(state: SandboxAgents): Router {
  const servers = new Map<string, ChatKitServer>();
  const router = Router();
  router.all('/:mindName', async ({ method, params, body }, res) => {
    const { mindName } = params;
    const mind = state.agents[mindName];
    if (mind === undefined) return void res.status(404).json({ detail: 'Not Found' });
    if (method !== 'POST') return void res.status(405).json({ detail: 'Method Not Allowed' });
    const server = servers.get(mindName) ?? new ChatKitServer(state, mind);
    servers.set(mindName, server);
    await server.take(body, res);
  });
  return router;
}

const asInternalError: ErrorRequestHandler = (_error, _req, res, _next) => internalError(res);

function internalError(res: Response): void {
  res.status(500).type('text/plain').send('Internal Server Error');
}

class ChatKitServer {
  readonly #state: SandboxAgents;
  readonly #mind: Mind;
  readonly #threads = new Map<string, Thread>();
  /** What is left to be said once a call is answered, by the call's ID. */
  readonly #rests = new Map<string, MindReply>();
  #idsGiven = 0;

  constructor(state: SandboxAgents, mind: Mind) {
    this.#state = state;
    this.#mind = mind;
  }

  async take(body: unknown, res: Response): Promise<void> {
    const request = requestOf(body);
    if (request === null) return internalError(res);
    if (this.#state.chatKit.forgetsThreads) {
      this.#state.chatKit.forgetsThreads = false;
      this.#threads.clear();
    }
    if (request.type === 'threads.list') {
      const data = [...this.#threads.values()].map(({ head }) => head);
      res.json({ data, has_more: false });
    } else if (request.type === 'items.list') {
      const thread = this.#threads.get(request.threadId);
      if (thread === undefined) internalError(res);
      else res.json(thread.page(request.limit, request.order));
    } else {
      await this.#stream(request, res);
    }
  }

  async #stream(request: StreamingRequest, res: Response): Promise<void> {
    const reader = new AbortController();
    res.on('close', () => reader.abort());
    res.status(200).set('content-type', 'text/event-stream; charset=utf-8');
    res.flushHeaders();
    await nextTick();
    const tell = (event: ServerEvent): void => void res.write(framed(event, this.#state.chatKit));
    const thread = this.#threadFor(request, tell);
    const reply = thread === null ? null : this.#begin(thread, request, tell);
    if (thread === null || reply === null) return void res.destroy();
    await this.#answer(thread, reply, tell, res, reader.signal);
    res.end();
  }

  #threadFor(request: StreamingRequest, tell: (event: ServerEvent) => void): Thread | null {
    if (request.type !== 'threads.create') return this.#threads.get(request.threadId) ?? null;
    const thread = new Thread(this.#newId('thr'));
    this.#threads.set(thread.head.id, thread);
    tell({ type: 'thread.created', thread: thread.head });
    return thread;
  }

  /** Takes what the request brings, and thinks; null where it does not fit the thread. */
  #begin(thread: Thread, request: StreamingRequest, tell: (event: ServerEvent) => void): MindReply | null {
    switch (request.type) {
      case 'threads.create':
      case 'threads.add_user_message': {
        const { content, attachments } = request.input;
        // Nothing can be uploaded here, so none of them is known.
        if (attachments.length > 0) return null;
        const item = this.#userMessage(thread, content);
        const history = thread.remembered();
        const texts = content.map(({ text }) => text);
        thread.add(item);
        tell({ type: 'thread.item.done', item });
        tell(STREAM_OPTIONS);
        const earlier = texts.slice(0, -1).map((text) => ({ role: 'user', text }) as const);
        return this.#think(thread, [...history, ...earlier], texts.at(-1) ?? '');
      }
      case 'threads.add_client_tool_output': {
        const call = thread.last;
        if (call?.type !== 'client_tool_call' || call.status !== 'pending') return null;
        return this.#takeOutput(thread, call, request.result, tell);
      }
      case 'threads.add_structured_input': {
        const form = thread.find(request.itemId);
        if (form?.type !== 'structured_input') return null;
        const history = thread.remembered();
        const item = answeredBy(form, request.answers);
        thread.replace(item);
        tell(STREAM_OPTIONS);
        tell({ type: 'thread.item.replaced', item });
        const values = item.inputs.flatMap(({ answer }) => answer?.values ?? []);
        return this.#think(thread, history, values.join(', '));
      }
    }
  }

  #think(thread: Thread, history: ReturnType<Thread['remembered']>, text: string): MindReply {
    return this.#mind({ history, text, sessionId: thread.head.id });
  }

  #takeOutput(
    thread: Thread,
    call: ClientToolCall,
    output: unknown,
    tell: (event: ServerEvent) => void,
  ): MindReply {
    thread.replace({ ...call, status: 'completed', output });
    const fields = recordOf(output);
    const told = fields?.['output'] ?? fields?.['error'];
    this.#state.onToolAnswer({
      name: call.name,
      output: typeof told === 'string' ? told : JSON.stringify(output),
    });
    tell(STREAM_OPTIONS);
    return this.#rests.get(call.call_id) ?? { text: '' };
  }

  /** Streams a reply and keeps what is done of it; what was under way when the reader left, too. */
  async #answer(
    thread: Thread,
    reply: MindReply,
    tell: (event: ServerEvent) => void,
    res: Response,
    gone: AbortSignal,
  ): Promise<void> {
    const streamed = new StreamedReply(thread);
    const newId = (prefix: string): string => this.#newId(prefix);
    const drop = (): void => void res.destroy();
    const { clock, chatKit: quirks } = this.#state;
    const responding = { threadId: thread.head.id, reply, quirks, newId, drop, clock, gone };
    try {
      for await (const event of respond(responding)) {
        if (event.type === 'thread.item.done' && event.item.type === 'client_tool_call')
          this.#rests.set(event.item.call_id, afterCall(reply));
        streamed.note(event);
        tell(event);
      }
    } catch (error) {
      if (!gone.aborted) throw error;
      streamed.cancel(newId);
    }
  }

  #userMessage(thread: Thread, content: readonly InputPart[]): UserMessage {
    return {
      id: this.#newId('msg'),
      thread_id: thread.head.id,
      created_at: now(),
      type: 'user_message',
      content,
      attachments: [],
      inference_options: {},
    };
  }

  #newId(prefix: string): string {
    return `${prefix}_${(++this.#idsGiven).toString(16).padStart(8, '0')}`;
  }
}

const STREAM_OPTIONS: ServerEvent = { type: 'stream_options', stream_options: { allow_cancel: true } };

function answeredBy(
  form: StructuredInput,
  answers: Extract<ClientRequest, { type: 'threads.add_structured_input' }>['answers'],
): StructuredInput {
  const inputs = form.inputs.map((input) => {
    const answer = answers[input.id];
    return answer === undefined ? input : { ...input, answer };
  });
  return { ...form, status: 'answered', inputs };
}

function framed(event: ServerEvent, { isFramedOtherwise }: SandboxAgents['chatKit']): string {
  const data = JSON.stringify(event);
  return isFramedOtherwise
    ? `: ping - ${now()}\r\n\r\nevent: message\r\nid: 7\r\ndata: ${data}\r\n\r\n`
    : `data: ${data}\n\n`;
}
