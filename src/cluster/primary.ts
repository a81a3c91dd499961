// The primary of a machine with several relay processes: starts them, replaces them, leads their questions. It carries no call
// and opens no database, so that nothing of a call can end it. With it end all its processes, as node:cluster has it.
import cluster from 'node:cluster';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { Exchange } from './exchange.ts';
import type { FromProcess, PlainMetric, Questions } from './messages.ts';
import { MetricSums } from './metric-sums.ts';
import { RelayProcess, STANDINGS } from './relay-process.ts';
import { causeOf, Restarts } from './restarts.ts';

const WATCH_EVERY_MS = 1_000;
const ALL_ANSWER_WITHIN_MS = 1_000;
/** If the whole machine is stopped, its supervisor tells the primary at about the same time as each process. */
const ALL_TOLD_WITHIN_MS = 200;
const TAKES_NO_CALLS_WITHIN_MS = 1_500;

export interface PrimaryOptions {
  /** What each process runs. */
  readonly script: string;
  readonly count: number;
  /** How long live calls have once the machine stops. */
  readonly drainMs: number;
  readonly log: Logger;
  /** Ends the primary, once no process is left. */
  readonly exit: (code: number) => void;
}

export class Primary {
  readonly #options: PrimaryOptions;
  readonly #processes = new Map<number, RelayProcess>();
  readonly #restarts = new Map<number, Restarts>();
  readonly #exchange = new Exchange(this.#processes);
  readonly #sums = new MetricSums();
  /** Called when a process has said that it takes no calls. */
  readonly #onNoCalls = new Map<number, () => void>();
  /** Told to leave, and waiting until another takes their calls. */
  readonly #leavers = new Set<RelayProcess>();
  readonly #starting = new Set<NodeJS.Timeout>();
  #replaced = 0;
  #hasStarted = false;
  #isLeaving = false;

  constructor(options: PrimaryOptions) {
    this.#options = options;
    // Every process accepts by itself: a connection that node:cluster hands to a process which is just dying would hang.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ exec: options.script });
    // The first one alone: it makes the database, and what it cannot start with, none can.
    this.#start(1);
    setInterval(() => this.#watch(), WATCH_EVERY_MS);
  }

  /** A signal to the primary: the machine leaves. A second one ends it at once. */
  stop(): void {
    if (!this.#isLeaving) return void this.#leave();
    for (const one of this.#processes.values()) one.kill('SIGKILL');
    this.#options.exit(1);
  }

  #start(number: number): void {
    if (this.#isLeaving) return;
    const process = new RelayProcess({
      worker: cluster.fork({ PATCHCORD_PROCESS: String(number) }),
      number,
      onMessage: (from, message, socket) => this.#take(from, message, socket),
      onExit: (gone, code, signal) => this.#bury(gone, code, signal),
    });
    this.#processes.set(process.id, process);
  }

  #take(from: RelayProcess, message: FromProcess, socket: Socket | null): void {
    const { directory } = this.#exchange;
    switch (message.type) {
      case 'state':
        from.state = message.state;
        from.owner = message.owner;
        from.port = message.port;
        this.#startOthers();
        return this.#letLeave();
      case 'holds':
        directory.note(from.id, message.callId, message.how);
        return this.#exchange.tellElsewhere();
      case 'ask':
        return void this.#ask(from, message);
      case 'machine': {
        const processes = [...this.#processes.values()].flatMap(({ state }) => state ?? []);
        return from.send({
          type: 'machine',
          id: message.id,
          machine: { wanted: this.#options.count, processes },
        });
      }
      case 'all-metrics':
        return void this.#gatherMetrics(from, message.id);
      case 'all-talks':
        return void this.#gatherTalks(from, message.id);
      case 'all-webhooks':
        return void this.#gatherWebhooks(from, message.id);
      case 'where': {
        const port = this.#processes.get(message.process)?.port ?? null;
        return from.send({ type: 'where', id: message.id, port });
      }
      case 'stream':
        if (socket !== null) this.#exchange.lead(from, message.callId, message.upgrade, socket);
        return;
      case 'took-stream':
        return from.noteTaken(message.id);
      case 'cannot-start':
        from.problems = message.problems;
        return;
      case 'wants-to-leave':
        setTimeout(() => this.#replaceInOrder(from), ALL_TOLD_WITHIN_MS);
        return;
      case 'takes-no-calls':
        return this.#onNoCalls.get(from.id)?.();
      case 'leaves':
        return this.#sums.take(from.id, message.metrics);
      case 'answer':
        return;
    }
  }

  #startOthers(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    for (let number = 2; number <= this.#options.count; number++) this.#start(number);
  }

  async #ask(from: RelayProcess, { id, callId, question, mayPlace }: FromProcess & { type: 'ask' }) {
    const asked = await this.#exchange.ask(from, callId, question, mayPlace);
    from.send(asked === null ? { type: 'nobody', id } : { type: 'answer', id, answer: asked.answer });
  }

  /** A process that does not answer in time is shown as it was. */
  async #gatherMetrics(asker: RelayProcess, id: number): Promise<void> {
    for (const [one, metrics] of await this.#askAll('metrics')) this.#sums.take(one, metrics);
    asker.send({ type: 'all-metrics', id, metrics: [...this.#sums.all, this.#ownMetrics()] });
  }

  async #gatherTalks(asker: RelayProcess, id: number): Promise<void> {
    const talks = (await this.#askAll('talks')).flatMap(([, ofOne]) => ofOne);
    asker.send({ type: 'all-talks', id, talks });
  }

  async #gatherWebhooks(asker: RelayProcess, id: number): Promise<void> {
    const webhooks = (await this.#askAll('webhooks')).flatMap(([, ofOne]) => ofOne);
    asker.send({ type: 'all-webhooks', id, webhooks });
  }

  /** The answers of those that answer in time, with their processes' numbers. */
  async #askAll<Name extends 'metrics' | 'talks' | 'webhooks'>(
    name: Name,
  ): Promise<(readonly [number, Questions[Name]['answer']])[]> {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), ALL_ANSWER_WITHIN_MS));
    const asking = [...this.#processes.values()]
      .filter(({ hasStarted }) => hasStarted)
      .map(async (one) => [one.id, await Promise.race([one.ask({ name, asked: null }), late])] as const);
    return (await Promise.all(asking)).flatMap(([id, answer]) =>
      Array.isArray(answer) ? [[id, answer as Questions[Name]['answer']] as const] : [],
    );
  }

  #ownMetrics(): readonly PlainMetric[] {
    const standings = [...this.#processes.values()].map(({ standing }) => standing);
    return [
      {
        name: 'patchcord_processes',
        help: 'Relay processes of this machine by what they do: starting, ready for calls, not-ready or leaving',
        type: 'gauge',
        aggregator: 'sum',
        values: STANDINGS.map((standing) => ({
          value: standings.filter((one) => one === standing).length,
          labels: { state: standing },
        })),
      },
      {
        name: 'patchcord_processes_replaced_total',
        help: 'Relay processes of this machine that ended without being told to, and were started again',
        type: 'counter',
        aggregator: 'sum',
        values: [{ value: this.#replaced, labels: {} }],
      },
    ];
  }

  #watch(): void {
    for (const one of this.#processes.values()) {
      const silentForS = one.tick();
      if (silentForS === null) continue;
      this.#options.log.error({ process: one.number, silentForS }, 'A process answers no more and is killed');
      one.kill('SIGKILL');
    }
  }

  #bury(gone: RelayProcess, code: number | null, signal: string | null): void {
    const { log, exit } = this.#options;
    this.#processes.delete(gone.id);
    const calls = this.#exchange.directory.forget(gone.id);
    this.#sums.forget(gone.id);
    this.#onNoCalls.get(gone.id)?.();
    this.#leavers.delete(gone);
    this.#exchange.tellElsewhere();
    if (this.#isLeaving || gone.isLeaving) return;
    // Its problems are on standard error.
    if (!this.#hasStarted && code === 1) return exit(1);
    this.#replaced++;
    // Its records would name it among those that take calls for some seconds more.
    const [heir] = [...this.#processes.values()].filter(({ hasStarted }) => hasStarted);
    heir?.send({ type: 'died', owner: gone.owner });
    const restarts = this.#restarts.get(gone.number) ?? new Restarts();
    this.#restarts.set(gone.number, restarts);
    const waitMs = restarts.waitAfter(performance.now() - gone.startedAt);
    log.error(
      {
        process: gone.number,
        cause: causeOf(code, signal),
        ...(gone.problems.length > 0 ? { problems: gone.problems } : {}),
        calls,
        ...(restarts.inARow > 1 ? { diedAtItsStart: restarts.inARow, waitMs } : {}),
      },
      'A process ended; its calls go on in the others, and it is started again',
    );
    const timer = setTimeout(() => {
      this.#starting.delete(timer);
      this.#start(gone.number);
    }, waitMs);
    this.#starting.add(timer);
  }

  /** R12: one process was told to leave: the others take its calls, and another its place. */
  #replaceInOrder(one: RelayProcess): void {
    if (this.#isLeaving || one.isLeaving || !this.#processes.has(one.id)) return;
    one.isLeaving = true;
    this.#options.log.info({ process: one.number }, 'A process leaves and is replaced');
    this.#start(one.number);
    this.#leavers.add(one);
    this.#letLeave();
  }

  /** Once another process takes calls. */
  #letLeave(): void {
    if (![...this.#processes.values()].some(({ isReady }) => isReady)) return;
    for (const one of this.#leavers) one.send({ type: 'leave' });
    this.#leavers.clear();
  }

  /** R12: none gets another's calls, because all leave; then they hand them to other machines one by one. */
  async #leave(): Promise<void> {
    this.#isLeaving = true;
    for (const timer of this.#starting) clearTimeout(timer);
    const leaving = [...this.#processes.values()];
    for (const one of leaving) {
      one.isLeaving = true;
      if (!one.hasStarted) one.kill('SIGKILL');
    }
    await within(TAKES_NO_CALLS_WITHIN_MS, Promise.all(leaving.map((one) => this.#takesNoCalls(one))));
    for (const one of leaving) {
      one.send({ type: 'leave' });
      await within(this.#options.drainMs / leaving.length, one.exited);
    }
    await Promise.all(leaving.map(({ exited }) => exited));
    this.#options.exit(0);
  }

  #takesNoCalls(one: RelayProcess): Promise<void> {
    return new Promise((resolve) => {
      this.#onNoCalls.set(one.id, resolve);
      one.send({ type: 'take-no-calls' });
    });
  }
}

async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
