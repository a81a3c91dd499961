// The list of ended calls in pages: what was loaded, and the part of it that stands on the page, at most 200 rows. A call that
// ends while somebody reads waits above the list instead of pushing it down.
import { computed, signal } from '@preact/signals';
import type { Answer, Problem } from '../api.ts';
import type { CallPage, CallSummary } from '../api-types.ts';

export const PAGE = 100;
const MOST_ROWS = 2 * PAGE;

/** `first` before the first answer, `more` while an older page is under way. */
type Loading = 'first' | 'more' | null;

export class CallPages {
  readonly #ask: (cursor: string | null) => Promise<Answer<CallPage>>;
  readonly #all = signal<readonly CallSummary[]>([]);
  readonly #start = signal(0);
  #next: string | null = null;

  readonly loading = signal<Loading>('first');
  readonly problem = signal<Problem | null>(null);
  /** Calls that have ended since, the latest first. */
  readonly waiting = signal<readonly CallSummary[]>([]);
  readonly rows = computed(() => this.#all.value.slice(this.#start.value, this.#start.value + MOST_ROWS));
  readonly hasNewer = computed(() => this.#start.value > 0);
  readonly hasOlder = signal(false);

  /** `ask` gets the cursor of a page; null: the first page. */
  constructor(ask: (cursor: string | null) => Promise<Answer<CallPage>>) {
    this.#ask = ask;
  }

  async load(): Promise<void> {
    this.loading.value = 'first';
    const answer = await this.#ask(null);
    this.loading.value = null;
    if (!this.#took(answer)) return;
    this.#all.value = answer.value.calls;
    this.#next = answer.value.next;
    this.waiting.value = [];
    this.#show(0);
  }

  /** Moves to older calls; resolves with the first one that was not there before, or null. */
  async older(): Promise<CallSummary | null> {
    if (this.loading.value !== null) return null;
    const end = this.#start.value + MOST_ROWS;
    const known = this.#all.value[end];
    if (known !== undefined) {
      this.#show(this.#start.value + PAGE);
      return known;
    }
    if (this.#next === null) return null;
    this.loading.value = 'more';
    const answer = await this.#ask(this.#next);
    this.loading.value = null;
    if (!this.#took(answer)) return null;
    this.#next = answer.value.next;
    this.#all.value = [...this.#all.value, ...answer.value.calls];
    this.#show(Math.max(0, this.#all.value.length - MOST_ROWS));
    return answer.value.calls[0] ?? null;
  }

  newer(): void {
    this.#show(Math.max(0, this.#start.value - PAGE));
  }

  /** Asks for the first page again: rows that it holds are brought up to date, and new ones wait. */
  async refresh(): Promise<void> {
    if (this.loading.value !== null) return;
    const answer = await this.#ask(null);
    if (!this.#took(answer)) return;
    const known = new Set(this.#all.value.map(({ id }) => id));
    const fresh = new Map(answer.value.calls.map((call) => [call.id, call]));
    const isGap = answer.value.next !== null && ![...fresh.keys()].some((id) => known.has(id));
    if (isGap || this.#all.value.length === 0) return this.load();
    this.#all.value = this.#all.value.map((call) => fresh.get(call.id) ?? call);
    this.waiting.value = answer.value.calls.filter(({ id }) => !known.has(id));
  }

  /** Puts what waits on top of the list, and shows it from there. */
  showWaiting(): void {
    this.#all.value = [...this.waiting.value, ...this.#all.value];
    this.waiting.value = [];
    this.#show(0);
  }

  #took(answer: Answer<CallPage>): answer is Extract<Answer<CallPage>, { is: 'ok' }> {
    this.problem.value = answer.is === 'ok' ? null : answer.problem;
    return answer.is === 'ok';
  }

  #show(start: number): void {
    this.#start.value = start;
    this.hasOlder.value = this.#next !== null || this.#all.value.length > start + MOST_ROWS;
  }
}
