// A Dify chat app, agent or chatflow, by the base of its API; AGENT_API_KEY says which. Dify goes on writing when a connection
// closes, so an answer that nobody hears is also stopped, by the same user.
import { fieldsOf, isRecord, parsedJson, textOf } from '../../call/json.ts';
import { textUsage } from '../../call/usage.ts';
import { eventData } from '../event-stream.ts';
import { failed, failedWithCode } from '../failures.ts';
import { documentsIn, type Hook, type HookEvent, isStream } from './hook-wire.ts';
import { lookUpByGet } from './look-up-by-get.ts';

export function dify(address: string): Hook {
  const base = address.replace(/\/+$/, '').replace(/\/chat-messages$/, '');
  return {
    url: `${base}/chat-messages`,
    bodyOf: ({ text, session, conversation }) => ({
      inputs: {},
      query: text,
      response_mode: 'streaming',
      user: session,
      conversation_id: conversation ?? '',
    }),
    read,
    stop: (task, { session }) => ({
      url: `${base}/chat-messages/${encodeURIComponent(task)}/stop`,
      body: { user: session },
    }),
    // A 404 may also mean that the app's workflow is gone: then another conversation fails as well.
    hasForgotten: ({ detail }) => /^404\b|\bconversation_completed$/.test(detail),
    lookUp: (options) => lookUpByGet(`${base}/parameters`, 'The Dify app', options),
  };
}

async function* read(answer: Response, body: AsyncIterable<Uint8Array>): AsyncGenerator<HookEvent, void> {
  if (isStream(answer)) {
    for await (const data of eventData(body)) yield* eventsIn(parsedJson(data));
    return;
  }
  // An app that cannot stream answers at once.
  for await (const piece of documentsIn(body))
    if ('json' in piece) {
      yield* eventsIn(piece.json);
      yield { type: 'done' };
    }
}

function* eventsIn(json: unknown): Generator<HookEvent, void> {
  if (!isRecord(json)) return yield failed('malformed', 'no Dify event');
  const { event, answer, conversation_id, task_id, metadata, data, code } = json;
  if (textOf(conversation_id) !== '') yield { type: 'conversation', id: textOf(conversation_id) };
  if (textOf(task_id) !== '') yield { type: 'task', id: textOf(task_id) };
  switch (event) {
    case 'message':
    case 'agent_message':
      return yield { type: 'text', delta: textOf(answer) };
    case 'message_replace':
      yield { type: 'withdrawn' };
      return yield { type: 'text', delta: textOf(answer) };
    case 'message_end': {
      const { prompt_tokens, completion_tokens } = fieldsOf(fieldsOf(metadata)['usage']);
      yield { type: 'usage', usage: textUsage(prompt_tokens, 0, completion_tokens) };
      return yield { type: 'done' };
    }
    case 'workflow_finished': {
      const { status } = fieldsOf(data);
      if (status === 'failed' || status === 'stopped')
        yield failed('unavailable', `the workflow has ${status}`);
      return;
    }
    case 'error':
      return yield failedWithCode(textOf(code));
    default:
      return;
  }
}
