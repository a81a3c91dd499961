// Calls from a browser as one object: sessions, their sockets and their routes. A talk is a call like any other; only its
// line is a page instead of a telephone, so it has places of its own and never takes one from a caller (W2).
import type { IncomingMessage } from 'node:http';
import type { Router } from 'express';
import type { VerifyClientCallbackAsync, WebSocket } from 'ws';
import { browserIdOf } from '../call/call-id.ts';
import type { CallId, EndReason, RefusedInput } from '../call/call.ts';
import type { Clock, Line } from '../call/ports.ts';
import type { IdentityCheck } from '../http/access.ts';
import { type TalkDesk, talkRoutes } from './talk-routes.ts';
import { type LineListener, type TalkAnswer, TalkSocket } from './talk-socket.ts';
import { TalkUpgrade } from './talk-upgrade.ts';

/** Of one machine. A talk is somebody who tries the agent, not a second kind of caller. */
export const MOST_TALKS = 5;
/** A talk has one socket, and a second while the first is being replaced; the others have not started. */
const MOST_SOCKETS = 4 * MOST_TALKS;

export interface Talk {
  readonly callId: CallId;
  readonly profile: string;
  /** The caller types, and may think for as long as they like. */
  readonly isTyped: boolean;
}

export interface TalkListener {
  /**
   * A session's line is here, for the first time or again. `answer` may come at once; until a call has the line, its events
   * wait.
   */
  onTalk(talk: Talk, line: Line, answer: (answer: TalkAnswer) => void): LineListener;
  /** Why the call ended; null while it goes on, or is not known here. */
  endOf(callId: CallId): EndReason | null;
}

export interface TalksOptions {
  readonly clock: Clock;
  readonly identify: IdentityCheck;
  /** WEBHOOK_URL: under which browsers may know this server. */
  readonly publicUrl: string;
  /** Whether OpenAI is played on this machine: a sandbox understands tones, and no speech. */
  readonly isPlayed: boolean;
  /** Their names; the first is the usual one. */
  readonly profiles: readonly string[];
  readonly isLeaving: () => boolean;
  /** Whether this process surely has the call. */
  readonly hasCall: (callId: CallId) => boolean;
  /** Hands an upgrade to the process of this machine that has its call; null if there is one process. */
  readonly passOn: ((callId: CallId, request: IncomingMessage) => void) | null;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  readonly onBug: (error: unknown) => void;
}

export class Talks {
  readonly socketPath = '/ws/voice-agent/:id';
  readonly verifyClient: VerifyClientCallbackAsync;
  readonly #options: TalksOptions;
  readonly #upgrade: TalkUpgrade;
  readonly #sockets = new Set<TalkSocket>();
  /** The latest socket of each call, while it is open. */
  readonly #current = new Map<CallId, TalkSocket>();
  #count = 0;

  constructor(options: TalksOptions) {
    this.#options = options;
    const isFull = (): boolean => this.#sockets.size >= MOST_SOCKETS;
    this.#upgrade = new TalkUpgrade({ ...options, isFull });
    this.verifyClient = this.#upgrade.verify;
  }

  /** Of the socket whose far end lags most, in bytes. */
  get mostUnsentBytes(): number {
    return [...this.#sockets].reduce((most, { unsentBytes }) => Math.max(most, unsentBytes), 0);
  }

  /** Whether this upgrade is for a session, whatever it is worth. */
  isFor(req: IncomingMessage): boolean {
    return this.#upgrade.isFor(req);
  }

  /** An upgrade that another process of this machine hands to this one: it goes no further. */
  expect(req: IncomingMessage): void {
    this.#upgrade.expect(req);
  }

  /** Must be called in the tick in which the socket opened. */
  accept(socket: WebSocket, req: IncomingMessage, listener: TalkListener): void {
    const sessionId = this.#upgrade.sessionOf(req);
    if (sessionId === null) return socket.terminate();
    const { clock, profiles, onRefused, onBug } = this.#options;
    const callId = browserIdOf(sessionId);
    const talkSocket: TalkSocket = new TalkSocket(socket, {
      clock,
      callId,
      streamId: `${callId}-${++this.#count}`,
      onStart: ({ isTyped, profile = profiles[0] ?? '' }, line, answer) => {
        if (!profiles.includes(profile)) {
          answer({ is: 'refused', code: 'unknown_profile' });
          return () => {};
        }
        this.#current.set(callId, talkSocket);
        return listener.onTalk({ callId, profile, isTyped }, line, answer);
      },
      endOf: () => listener.endOf(callId),
      isReplaced: () => this.#current.get(callId) !== talkSocket,
      onRefused,
      onBug,
    });
    this.#sockets.add(talkSocket);
    socket.on('close', () => {
      this.#sockets.delete(talkSocket);
      if (this.#current.get(callId) === talkSocket) this.#current.delete(callId);
    });
  }

  /** Whether the page of this talk is there now. */
  isConnected(callId: CallId): boolean {
    return this.#current.get(callId)?.isLive ?? false;
  }

  /** Must stand behind the operator's lock. */
  routes(desk: TalkDesk): Router {
    const { clock, identify, isPlayed } = this.#options;
    return talkRoutes({ clock, identify, most: MOST_TALKS, isPlayed, desk });
  }
}
