// An AG-UI run that stops for a person: its message is spoken, and the caller's next words answer it. What can be answered by
// voice is a text, or a yes or no; anything else is cancelled, and the agent goes on without.
import { z } from 'zod';
import { fieldsOf, isRecord, type Json, listOf, textOf } from '../../call/json.ts';
import { yesOrNo } from '../yes-or-no.ts';

const MOST_INTERRUPTS = 10;

const openSchema = z.object({
  id: z.string(),
  message: z.string(),
  /** How an answer is written: as words, as true or false, or as an object with that in one field. */
  takes: z.union([z.literal('words'), z.literal('boolean'), z.object({ field: z.string() }), z.null()]),
});
type Open = z.infer<typeof openSchema>;

export function interruptsIn(outcome: unknown): Open[] {
  return listOf(fieldsOf(outcome)['interrupts'])
    .slice(0, MOST_INTERRUPTS)
    .map((one) => {
      const { id, message, responseSchema } = fieldsOf(one);
      return { id: textOf(id), message: textOf(message), takes: takenBy(responseSchema) };
    });
}

/** The entries of `resume` for what `interruptsIn` returned; `words` is '' if the caller said nothing. */
export function resumeWith(remembered: Json, words: string): object[] {
  const open = z.array(openSchema).safeParse(remembered).data ?? [];
  return open.map(({ id, takes }) => {
    const payload = words === '' ? undefined : payloadOf(takes, words);
    return payload === undefined
      ? { interruptId: id, status: 'cancelled' }
      : { interruptId: id, status: 'resolved', payload };
  });
}

function takenBy(schema: unknown): Open['takes'] {
  if (!isRecord(schema)) return 'words';
  const { type, properties } = schema;
  if (type === 'string') return 'words';
  if (type === 'boolean') return 'boolean';
  const [field, ...others] = Object.entries(fieldsOf(properties)).filter(
    ([, property]) => fieldsOf(property)['type'] === 'boolean',
  );
  return type === 'object' && field !== undefined && others.length === 0 ? { field: field[0] } : null;
}

function payloadOf(takes: Open['takes'], words: string): Json | undefined {
  if (takes === 'words') return words;
  const answer = yesOrNo(words);
  if (takes === null || answer === null) return undefined;
  const { isYes } = answer;
  return takes === 'boolean' ? isYes : { [takes.field]: isYes };
}
