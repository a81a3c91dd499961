// The one form of the page, and what the server says of it. It outlives the view, so that looking something up elsewhere loses
// no word. Its Idempotency-Key is made once: however often somebody clicks, and whatever answer was lost, it is one call.
import { signal } from '@preact/signals';
import { type Answer, ask } from '../api.ts';
import type { Callee, Refusal, Rehearsal } from '../api-types.ts';
import { addressOf, go } from '../router.ts';
import { type Draft, emptyDraft, requestOf } from './draft.ts';
import { retryAtOf } from './verdict.ts';

interface Form {
  readonly draft: Draft;
  readonly key: string;
  /** What somebody changed; only there are problems shown before the first try. */
  readonly touched: ReadonlySet<string>;
  readonly wasTried: boolean;
}

export interface Verdict {
  readonly refusals: readonly Refusal[];
  readonly callee: Callee | null;
  readonly retryAt: number | null;
}

const MOST_RECENT = 5;

export const form = signal<Form>(newForm(emptyDraft()));
/** null: not answered yet. */
export const verdict = signal<Verdict | null>(null);
export const isPlacing = signal(false);
/** What was placed from this page since it was loaded, the latest first. */
export const recent = signal<readonly Draft[]>([]);

let checking = new AbortController();

export function change(changed: Partial<Draft>): void {
  const { draft, touched, ...rest } = form.peek();
  form.value = {
    ...rest,
    draft: { ...draft, ...changed },
    touched: new Set([...touched, ...Object.keys(changed)]),
  };
}

/** A form of its own: what it places is another call. */
export function startFrom(draft: Draft): void {
  verdict.value = null;
  form.value = newForm(draft);
}

/** Asks the server what would refuse the call, and places none. */
export async function check(): Promise<void> {
  checking.abort();
  checking = new AbortController();
  const { signal: leaving } = checking;
  const { body, problems } = requestOf(form.peek().draft);
  try {
    const answer = await ask<Rehearsal>('/calls?dry-run', { method: 'POST', body, signal: leaving });
    if (leaving.aborted) return;
    if (answer.is === 'refused') judge([...problems, ...answer.problems], null);
    else judge([...problems, ...answer.value.refusals], answer.value.callee);
  } catch {
    // A later check is under way.
  }
}

export async function place(): Promise<void> {
  if (isPlacing.peek()) return;
  form.value = { ...form.peek(), wasTried: true };
  const { draft, key } = form.peek();
  const { body, problems } = requestOf(draft);
  // The server has more to say about the rest.
  if (problems.length > 0) return check();
  checking.abort();
  isPlacing.value = true;
  const answer: Answer<{ readonly id: string }> = await ask('/calls', {
    method: 'POST',
    body,
    headers: { 'idempotency-key': key },
  });
  isPlacing.value = false;
  if (answer.is === 'refused') return judge(answer.problems, verdict.peek()?.callee ?? null);
  recent.value = [draft, ...recent.peek()].slice(0, MOST_RECENT);
  startFrom(emptyDraft());
  go(addressOf(['calls', answer.value.id]));
}

function judge(refusals: readonly Refusal[], callee: Callee | null): void {
  verdict.value = { refusals, callee, retryAt: retryAtOf(refusals, Date.now()) };
}

function newForm(draft: Draft): Form {
  // crypto.randomUUID is missing on plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const key = `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  return { draft, key, touched: new Set(), wasTried: false };
}
