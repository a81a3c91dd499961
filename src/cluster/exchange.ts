// Leads questions and streams to the process that has their call, and new calls to the one with the fewest. Loses nothing when
// a process dies over a question: another is asked.
import type { Socket } from 'node:net';
import type { CallId } from '../call/call.ts';
import { Directory } from './directory.ts';
import type { Answer, Question, Upgrade } from './messages.ts';
import { DIED, type RelayProcess } from './relay-process.ts';

export class Exchange {
  readonly directory = new Directory();
  /** Those that live. */
  readonly #processes: ReadonlyMap<number, RelayProcess>;

  constructor(processes: ReadonlyMap<number, RelayProcess>) {
    this.#processes = processes;
  }

  /**
   * Asks the process that has the call. If none has, the least busy one gets it with `mayPlace`; without, the answer is null,
   * and `from` decides.
   */
  async ask(
    from: RelayProcess,
    callId: CallId,
    question: Question,
    mayPlace: boolean,
  ): Promise<{ readonly answer: Answer } | null> {
    for (;;) {
      const owner = this.#ownerOf(callId) ?? (mayPlace ? this.#place(from, callId) : null);
      if (owner === null || (owner === from && !mayPlace)) return null;
      const answer = await owner.ask(question);
      this.directory.unplace(owner.id, callId);
      this.tellElsewhere();
      if (answer !== DIED) return { answer };
      // It is no longer in the directory, so that the next turn finds another.
      if (!this.#processes.has(from.id)) return null;
    }
  }

  /** `from` may be the one that has it, or gets it. */
  lead(from: RelayProcess, callId: CallId, upgrade: Upgrade, socket: Socket): void {
    const owner = this.#ownerOf(callId) ?? this.#leastBusy(from);
    owner.hand(upgrade, socket);
  }

  /** Tells every process how many calls the others have, if that has changed. Questions sent later arrive later. */
  tellElsewhere(): void {
    for (const one of this.#processes.values()) one.tellElsewhere(this.directory.elsewhere(one.id));
  }

  #ownerOf(callId: CallId): RelayProcess | null {
    return this.#processes.get(this.directory.of(callId) ?? 0) ?? null;
  }

  #place(from: RelayProcess, callId: CallId): RelayProcess {
    const chosen = this.#leastBusy(from);
    this.directory.place(chosen.id, callId);
    this.tellElsewhere();
    return chosen;
  }

  /** Of those that are ready; if none is, of those that stay. */
  #leastBusy(from: RelayProcess): RelayProcess {
    const staying = [...this.#processes.values()].filter((one) => one.hasStarted && !one.isLeaving);
    const ready = staying.filter(({ isReady }) => isReady);
    const load = (one: RelayProcess): number => {
      const { live, talks } = this.directory.count(one.id);
      return live + talks - (one === from ? 0.5 : 0);
    };
    const [least = from] = (ready.length > 0 ? ready : staying).toSorted((a, b) => load(a) - load(b));
    return least;
  }
}
