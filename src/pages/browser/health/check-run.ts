// One run of the server's checks. It goes on, and its findings stay, while somebody looks at another view.
import { signal } from '@preact/signals';
import { createParser } from 'eventsource-parser';
import { isSignedOut, type Problem, refusalOf } from '../api.ts';
import type { CheckFinding } from '../api-types.ts';

/** `finding` null: it is being checked now. */
export interface CheckRow {
  readonly name: string;
  readonly finding: CheckFinding | null;
}

export type CheckRun =
  | { readonly is: 'none' }
  | { readonly is: 'running'; readonly rows: readonly CheckRow[] }
  | { readonly is: 'done'; readonly rows: readonly CheckRow[]; readonly at: string }
  | { readonly is: 'failed'; readonly rows: readonly CheckRow[]; readonly problem: Problem };

/** Another page may have a run under way; one takes seconds. */
const AGAIN_MS = 2_000;
const MOST_TRIES = 10;

const CUT_OFF: Problem = { code: 'cut_off', message: 'The relay stopped in the middle of the checks.' };

export const checkRun = signal<CheckRun>({ is: 'none' });

/** @param spends Also has a sentence spoken and heard, which costs something at OpenAI. */
export async function runChecks(spends: boolean): Promise<void> {
  if (checkRun.peek().is === 'running') return;
  checkRun.value = { is: 'running', rows: [] };
  for (let tries = 1; ; tries += 1) {
    const problem = await runOnce(spends);
    const { rows } = runningNow();
    if (problem === null) return void (checkRun.value = { is: 'done', rows, at: new Date().toISOString() });
    if (problem.code !== 'too_many_watchers' || tries === MOST_TRIES)
      return void (checkRun.value = {
        is: 'failed',
        rows: rows.filter(({ finding }) => finding !== null),
        problem,
      });
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Resolves with what kept it from its end; null: nothing. */
async function runOnce(spends: boolean): Promise<Problem | null> {
  try {
    const response = await fetch(spends ? '/checks?spend=true' : '/checks');
    if (response.status === 401) isSignedOut.value = true;
    if (!response.ok || response.body === null) {
      const refused = await refusalOf(response);
      return refused.is === 'refused' ? refused.problem : CUT_OFF;
    }
    const parser = createParser({ onEvent: ({ event, data }) => take(event, data) });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.feed(value);
    }
    return runningNow().rows.every(({ finding }) => finding !== null) ? null : CUT_OFF;
  } catch {
    return CUT_OFF;
  }
}

function take(event: string | undefined, data: string): void {
  const { rows } = runningNow();
  if (event === 'check') {
    const { name }: { name: string } = JSON.parse(data);
    checkRun.value = { is: 'running', rows: [...rows, { name, finding: null }] };
  }
  if (event === 'finding') {
    const { name, ...finding }: CheckFinding & { name: string } = JSON.parse(data);
    checkRun.value = { is: 'running', rows: [...rows.slice(0, -1), { name, finding }] };
  }
}

function runningNow(): { readonly rows: readonly CheckRow[] } {
  const run = checkRun.peek();
  return run.is === 'none' ? { rows: [] } : run;
}
