// An n8n workflow behind its Chat Trigger. Whether it streams is seen in its lines only: the content type is JSON either way,
// and the headers come before the workflow runs, so a workflow that fails is a 200 too.
import { fieldsOf, parsedJson, textOf } from '../../call/json.ts';
import { headersFor, NO_CALL } from '../agent-headers.ts';
import { beginningOf, post } from '../agent-post.ts';
import { failed } from '../failures.ts';
import { foundAt, unproven } from '../look-up.ts';
import { documentsIn, type Hook, type HookEvent, isPage, wordsIn } from './hook-wire.ts';

const LONGEST_ANSWER = 4096;
const ANSWERED_WITHIN_MS = 9_000;

export function n8n(url: string): Hook {
  return {
    url,
    bodyOf: ({ text, session }) => ({ action: 'sendMessage', sessionId: session, chatInput: text }),
    read,
    // The widget asks so for what was said before, and no workflow runs for that.
    async lookUp(options) {
      const body = { action: 'loadPreviousSession', sessionId: 'none' };
      const limits = { ...options, agentTimeoutMs: Math.min(ANSWERED_WITHIN_MS, options.agentTimeoutMs) };
      const request = { url, headers: headersFor(options.agentHeaders, NO_CALL), body };
      try {
        const answer = await post(request, limits, new AbortController().signal);
        const { data } = fieldsOf(parsedJson(await beginningOf(answer, LONGEST_ANSWER)));
        return answer.ok && Array.isArray(data)
          ? { is: 'found' }
          : foundAt(url, 'The n8n chat', answer.status);
      } catch {
        return unproven(undefined);
      }
    },
  };
}

async function* read(_: Response, body: AsyncIterable<Uint8Array>): AsyncGenerator<HookEvent, void> {
  /** Nodes that have begun to write and not ended; an agent with tools begins more than once. */
  let open = 0;
  let isStream = false;
  let hasText = false;
  for await (const piece of documentsIn(body)) {
    if ('words' in piece) {
      if (isPage(piece.words)) return yield failed('unavailable', 'an HTML page');
      hasText = true;
      yield { type: 'text', delta: `${piece.words}\n` };
      continue;
    }
    const fields = fieldsOf(piece.json);
    const { type, content, executionStarted } = fields;
    if (type === 'begin') open++;
    if (type === 'end') open--;
    if (type === 'error') return yield failed('unavailable', 'the workflow failed');
    const { message } = fields;
    if (message === 'Workflow was started')
      return yield failed(
        'refused',
        'the trigger answers at once: let it respond when the last node finishes',
      );
    if (message === 'Error in workflow') return yield failed('unavailable', 'the workflow failed');
    isStream ||= type === 'begin' || type === 'item';
    if (executionStarted === true) return yield failed('refused', 'the workflow waits for a person');
    const words = isStream ? (type === 'item' ? textOf(content) : '') : (wordsIn(piece.json) ?? '');
    hasText ||= words !== '';
    if (words !== '') yield { type: 'text', delta: words };
  }
  if (open > 0) return;
  if (hasText) yield { type: 'done' };
  else yield failed('refused', 'no text: is streaming on in the trigger, and off in the agent node?');
}
