// Which process has this talk, and may it begin here? What switchboard.ts is for Twilio, for sockets of browsers: a session
// that comes back may reach another process than the one that had its call.
import { MOST_TALKS, type Talk, type TalkListener, type Talks } from '../browser/talks.ts';
import type { TalkDesk } from '../browser/talk-routes.ts';
import type { TalkAnswer } from '../browser/talk-socket.ts';
import type { CallId, LiveTalk } from '../call/call.ts';
import type { Clock, Line } from '../call/ports.ts';
import { within } from '../call/waiting.ts';
import type { Siblings } from '../cluster/siblings.ts';
import { listenLater } from './line-buffer.ts';
import type { Switchboard } from './switchboard.ts';

/** A store that is slow must not keep a caller waiting. */
const KNOWN_WITHIN_MS = 300;

type Attach = (line: Line) => ReturnType<TalkListener['onTalk']>;

export interface TalkCallsParts {
  readonly clock: Clock;
  readonly switchboard: Switchboard;
  /** This machine's other processes. */
  readonly siblings: Siblings;
  readonly talks: Pick<Talks, 'isConnected'>;
  /** Whether it is too late for another call. */
  readonly eventLoop: { isOverloaded(): boolean };
  readonly onBug: (error: unknown) => void;
}

export class TalkCalls implements TalkListener, TalkDesk {
  readonly #parts: TalkCallsParts;

  constructor(parts: TalkCallsParts) {
    this.#parts = parts;
  }

  onTalk(talk: Talk, line: Line, answer: (answer: TalkAnswer) => void): ReturnType<TalkListener['onTalk']> {
    const { onBug } = this.#parts;
    const joining = this.#join(talk, answer).catch((error: unknown) => {
      onBug(error);
      return null;
    });
    return listenLater(line, joining);
  }

  endOf(callId: CallId): ReturnType<TalkListener['endOf']> {
    return this.#parts.switchboard.calls.endOf(callId);
  }

  readonly count: TalkDesk['count'] = () => {
    const { switchboard, siblings } = this.#parts;
    return switchboard.calls.talks.length + siblings.elsewhere.talks;
  };

  readonly live: TalkDesk['live'] = async () => {
    const talks = (await this.#parts.siblings.talks()) ?? this.here();
    return talks.toSorted((one, other) => one.startedAt - other.startedAt);
  };

  /** The talks of this process. */
  here(): readonly LiveTalk[] {
    const { switchboard, talks } = this.#parts;
    return switchboard.calls.talks.map(({ call, startedAt }) => ({
      callId: call.id,
      startedAt,
      profile: call.to,
      isTyped: call.talk?.isTyped ?? false,
      isConnected: talks.isConnected(call.id),
    }));
  }

  readonly isDraining: TalkDesk['isDraining'] = () => this.#parts.switchboard.calls.isDraining;

  readonly hangUp: TalkDesk['hangUp'] = (callId) =>
    this.#parts.switchboard.steer(callId, { type: 'hang-up' });

  /** null: the answer says why no call here takes the line. */
  async #join(talk: Talk, answer: (answer: TalkAnswer) => void): Promise<Attach | null> {
    const refusal = await this.#refusal(talk);
    if (refusal !== null) {
      answer(refusal);
      return null;
    }
    const bridge = this.#parts.switchboard.calls.get(talk.callId);
    if (bridge === undefined) return null;
    // Nobody can be connected with a browser, so the agent learns that the number was not reached.
    if (bridge.errand?.type === 'transfer') bridge.transferFailed('failed');
    answer({ is: 'joined' });
    return (line) => bridge.attach(line);
  }

  /** Sees to it that this process has the call; returns why it has not. */
  async #refusal(talk: Talk): Promise<TalkAnswer | null> {
    const { calls, records } = this.#parts.switchboard;
    const { callId } = talk;
    if (!calls.mayBeElsewhere(callId)) return calls.get(callId) === undefined ? this.#ended(callId) : null;
    // R6: a process that leaves claims nothing.
    if (calls.isHandingOver) return { is: 'elsewhere' };
    const isKnown = calls.get(callId) !== undefined || (await this.#isRecorded(callId));
    const known = isKnown ? await records.claim(callId) : ({ is: 'unknown' } as const);
    if (known.is === 'ended') return { is: 'ended', reason: known.reason };
    if (known.is === 'theirs') return { is: 'elsewhere' };
    // Meanwhile the call may have come here by another way.
    if (!calls.mayBeElsewhere(callId)) return null;
    if (known.is === 'ours') {
      const { isTyped } = talk;
      calls.resume({ ...known.call, talk: { isTyped } }, known);
      return null;
    }
    return calls.get(callId) === undefined ? this.#begin(talk) : null;
  }

  #begin({ callId, profile, isTyped }: Talk): TalkAnswer | null {
    const { switchboard, eventLoop } = this.#parts;
    const { calls } = switchboard;
    if (calls.isDraining) return { is: 'elsewhere' };
    if (this.count() >= MOST_TALKS || eventLoop.isOverloaded()) return { is: 'refused', code: 'busy' };
    const talk = { isTyped };
    calls.start({ id: callId, from: 'browser', to: profile, parameters: {}, carrier: null, talk });
    return null;
  }

  #ended(callId: CallId): TalkAnswer {
    const reason = this.endOf(callId);
    return reason === null || reason === 'handed-over' ? { is: 'elsewhere' } : { is: 'ended', reason };
  }

  #isRecorded(callId: CallId): Promise<boolean> {
    const found = this.#parts.switchboard.find(callId).then(
      (record) => record !== null,
      () => false,
    );
    return within(this.#parts.clock, KNOWN_WITHIN_MS, found, false);
  }
}
