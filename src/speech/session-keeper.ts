// R1: keeps one session serving. It redials a lost session, with growing pauses, until the call has been without one for too
// long, and replaces a session that nears its end. A session that dies young resets neither the pauses nor the lost time.
import type { RefusedInput } from '../call/call.ts';
import {
  type ConnectionEvents,
  type ConnectionOptions,
  type Loss,
  RealtimeConnection,
} from './realtime-connection.ts';
import type { ServerEvent } from './realtime-wire.ts';
import { rolloverOf } from './rollover.ts';

export interface KeeperParts {
  readonly connection: ConnectionOptions;
  /** Total time that a call waits for a steady session. */
  readonly retryForMs: number;
  /** Whether the session neither speaks nor hears speech. */
  readonly isIdle: () => boolean;
  /** This session serves from now on; requests to the one before are void. */
  readonly onServing: (connection: RealtimeConnection) => void;
  /** Only from the one that serves. */
  readonly onHeard: (event: ServerEvent) => void;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  /** The serving session is gone, and another is being dialled. */
  readonly onAway: (reason: string) => void;
  /** Last event: every try to get a session failed. */
  readonly onGivenUp: (reason: string) => void;
}

const REDIAL_AFTER_MS = [100, 300, 1_000] as const;
const LONGEST_REDIAL_MS = 1_500;
/** However long the vendor would have us wait, it is tried once more so long before giving up. */
const LAST_TRY_MS = 1_000;
const RELIEF_AGAIN_MS = 5_000;

type State =
  | { readonly is: 'dialling'; readonly connection: RealtimeConnection }
  | { readonly is: 'serving'; readonly connection: RealtimeConnection; readonly since: number }
  | { readonly is: 'pausing'; readonly stopTimer: () => void }
  | { readonly is: 'closed' };

/** The next session, dialled while another serves. */
interface Relief {
  connection: RealtimeConnection | null;
  isReady: boolean;
  /** There was no pause to take over in, and now it is time. */
  isOverdue: boolean;
}

export class SessionKeeper {
  readonly #parts: KeeperParts;
  #connection: ConnectionOptions;
  #state: State;
  #redials = 0;
  #patienceMs: number;
  #awaySince: number;
  #stopGivingUp = (): void => {};
  #relief: Relief | null = null;
  #stopRelief = (): void => {};
  #stopOverdue = (): void => {};

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#connection = parts.connection;
    this.#patienceMs = parts.retryForMs;
    this.#awaySince = this.#now;
    this.#giveUpLater('not-reached');
    this.#state = { is: 'dialling', connection: this.#dial() };
  }

  /** null while there is no session to speak of. */
  get serving(): RealtimeConnection | null {
    return this.#state.is === 'serving' ? this.#state.connection : null;
  }

  get isClosed(): boolean {
    return this.#state.is === 'closed';
  }

  /** Sessions dialled from now on transcribe with this model; returns the one before. */
  transcribeWith(model: string): string {
    const former = this.#connection.transcriptionModel;
    this.#takeRelief()?.connection?.close();
    this.#connection = { ...this.#connection, transcriptionModel: model };
    return former;
  }

  /** To be called whenever a pause may have begun. */
  look(): void {
    const relief = this.#relief;
    if (relief === null || !relief.isReady || !(relief.isOverdue || this.#parts.isIdle())) return;
    const former = this.serving;
    if (relief.connection !== null) this.#serve(relief.connection);
    former?.close();
  }

  close(): void {
    const state = this.#state;
    if (state.is === 'closed') return;
    this.#state = { is: 'closed' };
    this.#stopGivingUp();
    this.#takeRelief()?.connection?.close();
    if (state.is === 'pausing') state.stopTimer();
    else state.connection.close();
  }

  get #now(): number {
    return this.#parts.connection.clock.now();
  }

  #dial(): RealtimeConnection {
    const events: ConnectionEvents = {
      ready: () => this.#ready(connection),
      heard: (event) => {
        if (this.serving === connection) this.#parts.onHeard(event);
      },
      refused: this.#parts.onRefused,
      gone: (loss) => this.#gone(connection, loss),
    };
    const connection = new RealtimeConnection(this.#connection, events);
    return connection;
  }

  #ready(connection: RealtimeConnection): void {
    if (this.#relief?.connection !== connection) return this.#serve(connection);
    this.#relief.isReady = true;
    this.look();
  }

  #serve(connection: RealtimeConnection): void {
    const { clock } = this.#parts.connection;
    if (this.#state.is !== 'serving') this.#patienceMs -= this.#now - this.#awaySince;
    this.#stopGivingUp();
    this.#takeRelief();
    this.#state = { is: 'serving', connection, since: this.#now };
    const { dialAfterMs, pauseWithinMs } = rolloverOf(connection.leftMs);
    this.#stopRelief = clock.after(dialAfterMs, () => this.#relieve(pauseWithinMs));
    this.#parts.onServing(connection);
  }

  #gone(connection: RealtimeConnection, loss: Loss): void {
    if (this.#relief?.connection === connection) return this.#reliefGone(this.#relief, loss);
    const { clock } = this.#parts.connection;
    const { onRefused, onAway } = this.#parts;
    const state = this.#state;
    const relief = this.#takeRelief();
    if (state.is === 'serving') {
      if (this.#now - state.since >= this.#parts.retryForMs) {
        this.#redials = 0;
        this.#patienceMs = this.#parts.retryForMs;
      }
      this.#awaySince = this.#now;
      this.#giveUpLater(loss.reason);
    }
    const next = relief?.connection ?? null;
    if (next !== null) {
      this.#state = { is: 'dialling', connection: next };
    } else {
      const stopTimer = clock.after(this.#pauseMs(loss), () => {
        this.#state = { is: 'dialling', connection: this.#dial() };
      });
      this.#redials += 1;
      this.#state = { is: 'pausing', stopTimer };
    }
    if (state.is === 'serving') onAway(loss.reason);
    onRefused('speech-error', loss.reason);
    if (this.isClosed) return;
    if (next === null && !loss.isWorthRedialling) this.#giveUp(loss.reason);
    else if (next !== null && relief?.isReady) this.#serve(next);
  }

  #pauseMs({ retryAfterMs }: Loss): number {
    const usualMs = REDIAL_AFTER_MS[this.#redials] ?? LONGEST_REDIAL_MS;
    const leftMs = this.#patienceMs - (this.#now - this.#awaySince);
    return Math.max(usualMs, Math.min(retryAfterMs, leftMs - LAST_TRY_MS));
  }

  #giveUpLater(reason: string): void {
    this.#stopGivingUp = this.#parts.connection.clock.after(this.#patienceMs, () => this.#giveUp(reason));
  }

  #giveUp(reason: string): void {
    this.close();
    this.#parts.onGivenUp(reason);
  }

  #relieve(pauseWithinMs: number): void {
    const relief: Relief = { connection: this.#dial(), isReady: false, isOverdue: false };
    this.#relief = relief;
    this.#stopOverdue = this.#parts.connection.clock.after(pauseWithinMs, () => {
      relief.isOverdue = true;
      this.look();
    });
  }

  #reliefGone(relief: Relief, { reason, retryAfterMs }: Loss): void {
    relief.connection = null;
    relief.isReady = false;
    const againMs = Math.max(RELIEF_AGAIN_MS, retryAfterMs);
    this.#stopRelief = this.#parts.connection.clock.after(againMs, () => {
      relief.connection = this.#dial();
    });
    this.#parts.onRefused('speech-error', reason);
  }

  #takeRelief(): Relief | null {
    const relief = this.#relief;
    this.#relief = null;
    this.#stopRelief();
    this.#stopOverdue();
    return relief;
  }
}
