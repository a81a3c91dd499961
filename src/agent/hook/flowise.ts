// A Flowise flow, by the URL of its prediction. A flow that cannot stream answers the same request with one JSON document, and
// an agent flow may stream without a word: from then on it is asked for the whole answer.
import { fieldsOf, parsedJson, textOf } from '../../call/json.ts';
import { eventData } from '../event-stream.ts';
import { failed } from '../failures.ts';
import { documentsIn, type Hook, type HookEvent, isStream, wordsIn } from './hook-wire.ts';
import { lookUpByGet } from './look-up-by-get.ts';

export function flowise(url: string): Hook {
  let streaming = true;
  return {
    url,
    bodyOf: ({ text, session }) => ({ question: text, streaming, chatId: session }),
    async *read(answer, body) {
      if (!isStream(answer)) return yield* readWhole(body);
      let hasText = false;
      for await (const data of eventData(body)) {
        const { event, data: content } = fieldsOf(parsedJson(data));
        if (event === 'token') {
          hasText ||= textOf(content) !== '';
          yield { type: 'text', delta: textOf(content) };
        } else if (event === 'error') return yield failed('unavailable', 'the flow failed');
        else if (event === 'abort') return yield failed('unavailable', 'aborted by the flow');
        else if (event === 'end') {
          if (hasText) return yield { type: 'done' };
          streaming = false;
          return yield failed('refused', 'streamed no text: the next answers are asked for whole');
        } else if (typeof event !== 'string') return yield failed('malformed', 'no Flowise event');
      }
    },
    lookUp: (options) =>
      lookUpByGet(
        url.replace(/\/prediction\/(?=[^/]+$)/, '/chatflows-streaming/'),
        'The Flowise flow',
        options,
      ),
  };
}

async function* readWhole(body: AsyncIterable<Uint8Array>): AsyncGenerator<HookEvent, void> {
  for await (const piece of documentsIn(body)) {
    const words = 'json' in piece ? wordsIn(piece.json, ['text']) : null;
    if (words === null) return yield failed('malformed', 'no text');
    yield { type: 'text', delta: words };
    yield { type: 'done' };
  }
}
