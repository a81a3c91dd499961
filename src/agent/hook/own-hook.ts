// A webhook of one's own: any URL that takes JSON and answers with JSON, lines of JSON, server-sent events or plain text. A map
// in a file says which fields it has, where they are not the usual ones.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fieldsOf, type Json, jsonSchema, parsedJson } from '../../call/json.ts';
import { problemWithAddress } from '../agent-kind.ts';
import { eventData, textOf } from '../event-stream.ts';
import { failed } from '../failures.ts';
import {
  documentsIn,
  errorIn,
  type Hook,
  type HookEvent,
  isPage,
  isStream,
  type Told,
  typeOf,
  valueAt,
  wordsIn,
} from './hook-wire.ts';

const mapSchema = z.strictObject({
  url: z.string(),
  /** The body, in whose texts {text}, {session}, {callSid}, {from} and {to} are filled in. */
  body: jsonSchema.optional(),
  /** Where the words stand, such as `reply.output`. */
  text: z.string().min(1).optional(),
  /** Which field is true if the agent hangs up; `end` unless told otherwise. */
  end: z.string().min(1).optional(),
  /** Which field of a stream's last document is true; a stream that ends without it broke off. */
  done: z.string().min(1).optional(),
});
export type HookMap = z.infer<typeof mapSchema>;

const BODY: Json = {
  text: '{text}',
  session: '{session}',
  callSid: '{callSid}',
  from: '{from}',
  to: '{to}',
};

/** The map in a file; or why there is none, as the end of a sentence. */
export function hookMapIn(path: string): HookMap | string {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return `names "${path}", which cannot be read. Check the path.`;
  }
  const { data, error } = mapSchema.safeParse(parsedJson(text));
  if (data === undefined)
    return `names "${path}", which is no map of a webhook: ${error.issues[0]?.message ?? 'it is no JSON'}. See docs/agents.md.`;
  const problem = problemWithAddress(data.url);
  return problem === null ? data : `names "${path}", whose url ${problem}`;
}

export function ownHook(map: HookMap): Hook {
  return {
    url: map.url,
    bodyOf: (told) => fieldsOf(filled(map.body ?? BODY, told)),
    read: (answer, body) => read(map, answer, body),
    lookUp: async () => ({ is: 'unknown', why: 'cannot be asked for: that would run it' }),
  };
}

function filled(template: Json, told: Told): Json {
  const { text, session, call } = told;
  const facts: Readonly<Record<string, string>> = {
    text,
    session,
    callSid: call.carrier?.sid ?? call.id,
    from: call.from,
    to: call.to,
  };
  if (typeof template === 'string')
    return template.replace(/\{(text|session|callSid|from|to)\}/g, (_, name: string) => facts[name] ?? '');
  if (typeof template !== 'object' || template === null) return template;
  if (Array.isArray(template)) return template.map((item: Json) => filled(item, told));
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, filled(value, told)]));
}

async function* read(
  map: HookMap,
  answer: Response,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<HookEvent, void> {
  let isDone = map.done === undefined;
  for await (const piece of piecesOf(answer, body)) {
    if ('words' in piece) {
      if (isPage(piece.words)) return yield failed('malformed', 'an HTML page');
      yield { type: 'text', delta: piece.words };
      continue;
    }
    const { json } = piece;
    const words = wordsIn(json, map.text === undefined ? undefined : [map.text]);
    const failure = words === null ? errorIn(fieldsOf(json)) : null;
    if (failure !== null) return yield failure;
    if (words !== null) yield { type: 'text', delta: words };
    if (valueAt(json, map.end ?? 'end') === true) yield { type: 'end-call' };
    isDone ||= map.done !== undefined && valueAt(json, map.done) === true;
  }
  if (isDone) yield { type: 'done' };
}

async function* piecesOf(
  answer: Response,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly json: unknown } | { readonly words: string }, void> {
  if (isStream(answer)) {
    for await (const data of eventData(body)) {
      if (data === '[DONE]') return;
      const json = parsedJson(data);
      yield json === undefined ? { words: data } : { json };
    }
  } else if (/^text\/(plain|html)\b/i.test(typeOf(answer))) {
    for await (const words of textOf(body)) yield { words };
  } else {
    yield* documentsIn(body);
  }
}
