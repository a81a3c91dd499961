// One talk: its session, its socket, and the way back when the socket breaks. It outlives the view, so that somebody may look
// at another page meanwhile. What is said and heard comes by the call's events, not by this socket.
import { signal } from '@preact/signals';
import { ask, type Problem } from '../api.ts';
import { coughBytes, FRAME, SILENT_BYTE } from './mulaw.ts';
import {
  hasSound,
  type MicrophoneChoice,
  type NoMicrophone,
  openSound,
  PAUSE_AFTER_COUGH_MS,
  type TalkSound,
} from './talk-sound.ts';

export type Phase =
  | { readonly is: 'idle' }
  | { readonly is: 'asking-microphone' }
  | { readonly is: 'no-microphone'; readonly why: NoMicrophone }
  | { readonly is: 'connecting' }
  | { readonly is: 'live' }
  | { readonly is: 'line-lost' }
  | { readonly is: 'ended'; readonly reason: string }
  | { readonly is: 'failed'; readonly problem: Problem };

export interface TalkOptions {
  readonly profile: string;
  readonly mode: 'voice' | 'text';
  readonly microphone: MicrophoneChoice;
  readonly speaker: string;
}

interface Session {
  readonly socket: string;
  readonly callId: string;
}

type FromRelay =
  | { readonly type: 'started'; readonly callId: string }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  | { readonly type: 'ended'; readonly reason: string }
  | { readonly type: 'refused'; readonly code: string };

/** The relay waits for so long for a line that broke. */
const COME_BACK_WITHIN_MS = 15_000;
const AGAIN_MS = [250, 500, 1_000, 2_000];
/** The line is away for so long when somebody breaks it to see what happens. */
const DROP_MS = 1_500;
const COUGH_MS = 160;
const REPLACED = 4000;

export const phase = signal<Phase>({ is: 'idle' });
/** Of the talk that is live, or was the last; null before the first. */
export const talkCallId = signal<string | null>(null);
export const isMuted = signal(false);
/** Whether the agent's voice is heard; it is played in any case. */
export const isAloud = signal(true);

let talk: Talk | null = null;

export function current(): Talk | null {
  return talk;
}

export function isUnderWay({ is }: Phase): boolean {
  return is === 'asking-microphone' || is === 'connecting' || is === 'live' || is === 'line-lost';
}

/** Must be called in a click. `phase` says what goes wrong. */
export async function startTalk(options: TalkOptions): Promise<void> {
  if (isUnderWay(phase.peek())) return;
  talk?.close();
  const begun = new Talk(options);
  talk = begun;
  await begun.open();
}

addEventListener('pagehide', () => talk?.hangUp());
isMuted.subscribe((muted) => talk?.mute(muted));
isAloud.subscribe((aloud) => talk?.silence(!aloud));

export class Talk {
  readonly options: TalkOptions;
  #session: Session | null = null;
  #socket: WebSocket | null = null;
  #sound: TalkSound | null = null;
  #lostAt = 0;
  #tries = 0;
  #timer = 0;
  #isClosed = false;
  /** Typed while the line was away. */
  #unsent: object[] = [];

  constructor(options: TalkOptions) {
    this.options = options;
  }

  async open(): Promise<void> {
    const { mode, microphone, speaker } = this.options;
    talkCallId.value = null;
    isMuted.value = false;
    phase.value = { is: mode === 'voice' ? 'asking-microphone' : 'connecting' };
    if (mode === 'voice' && !hasSound) return this.#stop({ is: 'no-microphone', why: 'insecure' });
    if (hasSound) this.#sound = await openSound({ onFrame: this.#sendFrame, onMark: this.#sendMark });
    // Push to talk has muted it meanwhile.
    this.mute(isMuted.peek());
    if (mode === 'voice') {
      const missing = (await this.#sound?.useMicrophone(microphone)) ?? null;
      if (missing !== null) return this.#stop({ is: 'no-microphone', why: missing });
      void navigator.wakeLock?.request('screen').catch(() => {});
    }
    if (speaker !== '') await this.#sound?.useSpeaker(speaker);
    if (this.#sound !== null) this.#sound.isSilent = !isAloud.peek();
    phase.value = { is: 'connecting' };
    const answer = await ask<Session>('/sessions', { method: 'POST', body: {} });
    if (answer.is === 'refused') return this.#stop({ is: 'failed', problem: answer.problem });
    if (this.#isClosed) return;
    this.#session = answer.value;
    this.#connect(answer.value);
  }

  type(text: string): void {
    const message = { type: 'text', text };
    if (phase.peek().is === 'live') this.#send(message);
    else this.#unsent.push(message);
  }

  press(digit: string): void {
    this.#send({ type: 'digit', digit });
  }

  /** A noise that is no word, really sent: the reply falls silent for a moment, and goes on. */
  cough(): void {
    if (this.options.mode === 'voice') return this.#sound?.cough(COUGH_MS);
    const bytes = new Uint8Array((COUGH_MS + PAUSE_AFTER_COUGH_MS) * 8).fill(SILENT_BYTE);
    bytes.set(coughBytes(COUGH_MS));
    let at = 0;
    const timer = setInterval(() => {
      if (at >= bytes.length) return clearInterval(timer);
      this.#socket?.send(bytes.slice(at, at + FRAME));
      at += FRAME;
    }, 20);
  }

  /** Breaks the line without a word, and comes back: the call goes on. */
  dropLine(): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#leaveSocket();
    socket.close();
    this.#lose(DROP_MS);
  }

  hangUp(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send({ type: 'hang-up' });
    else this.#stop({ is: 'ended', reason: 'caller-hung-up' });
  }

  mute(muted: boolean): void {
    if (this.#sound !== null) this.#sound.isMuted = muted;
  }

  silence(isSilent: boolean): void {
    if (this.#sound !== null) this.#sound.isSilent = isSilent;
  }

  async useMicrophone(choice: MicrophoneChoice): Promise<void> {
    await this.#sound?.useMicrophone(choice);
  }

  async useSpeaker(id: string): Promise<void> {
    await this.#sound?.useSpeaker(id);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#leaveSocket();
    socket?.close();
    this.#sound?.close();
    this.#sound = null;
  }

  #connect(session: Session): void {
    const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + session.socket);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    const { mode, profile } = this.options;
    socket.onopen = () => this.#send({ type: 'start', mode, profile, sound: this.#sound !== null });
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === 'string') this.#hear(JSON.parse(data));
      else this.#sound?.play(data);
    };
    socket.onclose = ({ code }) => this.#hearClose(code);
  }

  #hear(message: FromRelay): void {
    switch (message.type) {
      case 'started':
        this.#tries = 0;
        talkCallId.value = message.callId;
        phase.value = { is: 'live' };
        for (const unsent of this.#unsent.splice(0)) this.#send(unsent);
        return;
      case 'mark':
        return this.#sound?.mark(message.name);
      case 'clear':
        return this.#sound?.clear();
      case 'ended':
        return this.#stop({ is: 'ended', reason: message.reason });
      case 'refused':
        return this.#stop({ is: 'failed', problem: REFUSALS[message.code] ?? NO_CALL });
    }
  }

  #hearClose(code: number): void {
    this.#leaveSocket();
    if (code === REPLACED) return this.#stop({ is: 'failed', problem: TAKEN });
    if (code === 1008) return this.#stop({ is: 'failed', problem: NO_CALL });
    this.#lose(AGAIN_MS[Math.min(this.#tries++, AGAIN_MS.length - 1)] ?? 0);
  }

  #lose(againMs: number): void {
    const session = this.#session;
    if (session === null || this.#isClosed) return;
    // What was not heard is sent again to the next line.
    this.#sound?.clear();
    if (phase.peek().is !== 'line-lost') this.#lostAt = Date.now();
    if (Date.now() - this.#lostAt > COME_BACK_WITHIN_MS)
      return this.#stop({ is: 'failed', problem: talkCallId.peek() === null ? NO_SOCKET : LOST });
    phase.value = { is: 'line-lost' };
    this.#timer = setTimeout(() => this.#connect(session), againMs);
  }

  #stop(last: Phase): void {
    this.close();
    phase.value = last;
  }

  /** Nothing that still comes from it counts. */
  #leaveSocket(): void {
    if (this.#socket === null) return;
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket = null;
  }

  readonly #sendFrame = (audio: ArrayBuffer): void => {
    if (phase.peek().is === 'live') this.#socket?.send(audio);
  };

  readonly #sendMark = (name: string): void => this.#send({ type: 'mark', name });

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

const NO_CALL: Problem = { code: 'refused', message: 'The relay ended the line. Call again.' };
const NO_SOCKET: Problem = {
  code: 'no_socket',
  message: 'The relay let no line through. Does a proxy in front of it pass WebSockets on?',
};
const LOST: Problem = { code: 'line-lost', message: 'The line did not come back in time.' };
const TAKEN: Problem = { code: 'taken', message: 'Another tab has the line now.' };
const REFUSALS: Readonly<Record<string, Problem>> = {
  busy: { code: 'busy', message: 'The line is busy: all places for talks are taken. End one, or try again.' },
  unknown_profile: { code: 'unknown_profile', message: 'There is no such profile any more. Choose another.' },
};
