// A call as somebody fills it in, and the request that it becomes. Everything is kept as it was typed: the server alone judges
// numbers, limits and rules, so only what cannot be written as a request is refused here.
import type { TaskType } from '../../../call/assignment.ts';
import type { Json } from '../../../call/json.ts';
import type { Refusal } from '../api-types.ts';
import { type JsonObject, problemIn, type ResultField, schemaOf } from './result-fields.ts';
import { TEMPLATES } from './templates.ts';

export interface Pair {
  readonly name: string;
  readonly value: string;
}

export type WantedResult =
  | { readonly is: 'fields'; readonly fields: readonly ResultField[] }
  | { readonly is: 'schema'; readonly text: string };

export interface Draft {
  readonly to: string;
  /** '': the relay's usual one. */
  readonly profile: string;
  readonly kind: TaskType;
  readonly prompt: string;
  readonly facts: readonly Pair[];
  readonly result: WantedResult;
  readonly leavesMessage: boolean;
  readonly message: string;
  readonly ringTimeoutS: string;
  readonly maxMinutes: string;
  readonly callbackUrl: string;
  readonly metadata: readonly Pair[];
}

export interface Written {
  /** Without what cannot be written; the server has more to say about the rest. */
  readonly body: JsonObject;
  readonly problems: readonly Refusal[];
}

export function emptyDraft(): Draft {
  return {
    to: '',
    profile: '',
    ...ofTemplate('appointment_reminder'),
    leavesMessage: false,
    message: '',
    ringTimeoutS: '30',
    maxMinutes: '10',
    callbackUrl: '',
    metadata: [],
  };
}

/** Another kind brings its own words, but never over somebody's. */
export function asKind(draft: Draft, kind: TaskType): Draft {
  const { prompt, facts, result } = draft;
  const isUntouched =
    JSON.stringify(ofTemplate(draft.kind)) === JSON.stringify({ kind: draft.kind, prompt, facts, result });
  return isUntouched ? { ...draft, ...ofTemplate(kind) } : { ...draft, kind };
}

export function requestOf(draft: Draft): Written {
  const context = objectOf(draft.facts);
  const metadata = objectOf(draft.metadata);
  const result = schemaIn(draft.result);
  const problems = [
    ...(context === null ? [problemOf('task.context', 'Each fact needs a name of its own.')] : []),
    ...(metadata === null ? [problemOf('metadata', 'Each entry needs a name of its own.')] : []),
    ...(typeof result === 'string' ? [problemOf('result', result)] : []),
  ];
  const body = {
    to: draft.to.replaceAll(/[\s().\u2010-\u2015-]/g, ''),
    ...(draft.profile === '' ? {} : { profile: draft.profile }),
    task: { type: draft.kind, prompt: draft.prompt, context: context ?? {} },
    ...(draft.leavesMessage ? { voicemail: 'leave', voicemailMessage: draft.message } : {}),
    ...(result === null || typeof result === 'string' ? {} : { result }),
    ...(draft.callbackUrl.trim() === '' ? {} : { callbackUrl: draft.callbackUrl.trim() }),
    ringTimeoutS: numberIn(draft.ringTimeoutS),
    maxMinutes: numberIn(draft.maxMinutes),
    metadata: metadata ?? {},
  };
  return { body, problems };
}

/** null: no result is wanted; a string: what is wrong. */
export function schemaIn(result: WantedResult): JsonObject | string | null {
  if (result.is === 'fields') {
    if (result.fields.length === 0) return null;
    return problemIn(result.fields) ?? schemaOf(result.fields);
  }
  if (result.text.trim() === '') return null;
  try {
    const schema: Json = JSON.parse(result.text);
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as JsonObject;
    return 'A JSON Schema is an object in braces.';
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function ofTemplate(kind: TaskType): Pick<Draft, 'kind' | 'prompt' | 'facts' | 'result'> {
  const { prompt, facts, fields } = TEMPLATES[kind];
  return {
    kind,
    prompt,
    facts: facts.map((name) => ({ name, value: '' })),
    result: { is: 'fields', fields },
  };
}

/** Rows without a value say nothing. null: a value has no name, or two have the same. */
function objectOf(pairs: readonly Pair[]): Record<string, string> | null {
  const filled = pairs.filter(({ value }) => value.trim() !== '');
  const names = filled.map(({ name }) => name.trim());
  if (names.includes('') || new Set(names).size < names.length) return null;
  return Object.fromEntries(filled.map(({ name, value }) => [name.trim(), value.trim()]));
}

/** What is no number goes to the server as it is: it has the words for that. */
function numberIn(typed: string): number | string {
  const number = Number(typed);
  return typed.trim() === '' || Number.isNaN(number) ? typed : number;
}

function problemOf(field: string, message: string): Refusal {
  return { code: 'invalid_request', message, field };
}
