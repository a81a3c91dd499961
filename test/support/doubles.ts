// Both far ends of a call at its ports, played by hand: for races that real sockets hit only by luck. Whole calls go
// through the sandbox (test/calls).
import type { CallCommand, CallEvent, Errand } from '../../src/call/call.ts';
import type { AgentMemory, ResumeState } from '../../src/call/call-record.ts';
import type { BridgeSettings, ResumedCall } from '../../src/bridge/bridge-parts.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { fixedLineTexts, type FixedLineSounds } from '../../src/call/fixed-lines.ts';
import type {
  Agent,
  AgentEvent,
  AgentFailure,
  AgentMessage,
  Conversation,
  Line,
  LineEvent,
  LookedUp,
  Opening,
  Speech,
  SpeechEvent,
} from '../../src/call/ports.ts';
import { soundOf, ToneListener } from '../../sandbox/tones.ts';
import { SteppedClock } from './clock.ts';

/** A line that records what it receives, and returns marks when the test says so. */
export class PaperLine implements Line {
  readonly streamId: string;
  readonly sent: string[] = [];
  readonly #ear = new ToneListener();
  pendingMarks: string[] = [];
  isClosed = false;

  constructor(streamId = 'MZ1') {
    this.streamId = streamId;
  }

  play(audio: string): void {
    const bytes = Buffer.from(audio, 'base64');
    this.#ear.hear(bytes);
    this.sent.push(`play ${bytes.length}`);
  }

  mark(name: string): void {
    this.sent.push('mark');
    this.pendingMarks.push(name);
  }

  clear(): void {
    this.sent.push('clear');
  }

  close(): void {
    this.isClosed = true;
  }

  /** All that was ever sent to be played, read back from its sound. */
  get text(): string {
    this.#ear.pause();
    return this.#ear.text;
  }
}

/** A speech session in which the test is the vendor. */
export class PaperSpeech implements Speech {
  readonly heard: string[] = [];
  asked: { id: string; text: string }[] = [];
  cancelled: string[] = [];
  isClosed = false;
  /** What the test says has no transcript yet. */
  untranscribed: string[] = [];
  readonly #tell: (event: SpeechEvent) => void;
  #utterances = 0;

  constructor(tell: (event: SpeechEvent) => void) {
    this.#tell = tell;
  }

  hear(audio: string): void {
    this.heard.push(audio);
  }

  say(segment: { id: string; text: string }): void {
    this.asked.push(segment);
  }

  cancel(segmentId: string): void {
    this.cancelled.push(segmentId);
  }

  close(): void {
    this.isClosed = true;
  }

  unheard(): readonly string[] {
    return this.untranscribed;
  }

  get heardMs(): number {
    return this.heard.reduce((sum, audio) => sum + Buffer.from(audio, 'base64').length / 8, 0);
  }

  tell(event: SpeechEvent): void {
    this.#tell(event);
  }

  beginsSpeech(): string {
    const utteranceId = `u${++this.#utterances}`;
    this.tell({ type: 'speech-started', utteranceId });
    return utteranceId;
  }

  /** By default of words that ended so long ago that the caller has finished. */
  transcribes(transcript: string, utteranceId = this.beginsSpeech(), endMs = this.heardMs - 60_000): void {
    this.tell({ type: 'speech-stopped', utteranceId });
    this.tell({ type: 'utterance', utteranceId, transcript, endMs });
  }

  /** Reads aloud what is asked for, in order; all of it, or the segments of these texts. */
  speaks(...texts: string[]): void {
    const wanted = this.asked.filter(({ text }) => texts.length === 0 || texts.includes(text));
    this.asked = this.asked.filter((segment) => !wanted.includes(segment));
    for (const { id, text } of wanted) {
      this.tell({ type: 'segment-audio', segmentId: id, audio: soundOf(text).toString('base64') });
      this.tell({ type: 'segment-done', segmentId: id, outcome: 'completed', spoken: text });
    }
  }
}

/** An agent whose replies the test writes, piece by piece. */
export class PaperAgent implements Agent, Conversation {
  readonly kind = 'paper';
  opening: Opening | null = null;
  /** The memory it was given to go on from. */
  openedWith: AgentMemory | null = null;
  readonly messages: AgentMessage[] = [];
  isAskingConsent = false;
  isClosed = false;
  /** How often its server was to be warmed. */
  warmed = 0;
  #say: (event: AgentEvent | null) => void = () => {};
  #isWriting = false;

  async lookUp(): Promise<LookedUp> {
    return { is: 'found' };
  }

  warm(): void {
    this.warmed++;
  }

  open(opening: Opening, memory?: AgentMemory): Conversation {
    this.opening = opening;
    this.openedWith = memory ?? null;
    return this;
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#stream(signal);
  }

  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    this.messages.push(message);
    return this.#stream(signal);
  }

  memory(): AgentMemory {
    return { kind: this.kind, reference: this.messages.length, history: null };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  async orders(command: CallCommand): Promise<void> {
    this.#say({ type: 'command', command });
    await settled();
  }

  async withdraws(): Promise<void> {
    this.#say({ type: 'withdrawn' });
    await settled();
  }

  /** The next piece of the reply. */
  async writes(delta: string): Promise<void> {
    this.#say({ type: 'text', delta });
    await settled();
  }

  /** Permanently by default: other failures before the first word are retried. */
  async fails(failure: AgentFailure = 'refused'): Promise<void> {
    this.#say({ type: 'failed', failure, detail: 'status 500' });
    await this.finishes();
  }

  async finishes(): Promise<void> {
    this.#say(null);
    await settled();
  }

  async *#stream(signal: AbortSignal): AsyncIterable<AgentEvent> {
    const events: (AgentEvent | null)[] = [];
    let wake = (): void => {};
    this.#say = (event) => {
      events.push(event);
      wake();
    };
    signal.addEventListener('abort', () => this.#say(null), { once: true });
    this.#isWriting = true;
    try {
      for (;;) {
        const event = events.shift();
        if (event === null || signal.aborted) return;
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#isWriting = false;
    }
  }
}

/** Runs all promises that are due; no time passes. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export const PAPER_SETTINGS: BridgeSettings = {
  bargeInMs: 400,
  vadSilenceMs: 700,
  fillerAfterMs: 2500,
  agentTimeoutMs: 20_000,
  agentStallMs: 10_000,
  maxFailedTurns: 3,
  silencePromptMs: 15_000,
  maxCallMs: 3_600_000,
  firstWordWaitMs: 4000,
  lines: fixedLineTexts('Hi.'),
  hasThinkingSound: true,
  transfers: { usual: null, allowed: [] },
  notesOff: new Set(),
  speculate: false,
  asksForResult: false,
  profile: 'default',
  timeZone: 'America/New_York',
  closed: null,
};

/** A bridge between paper ends, under a clock that only the test moves. */
export class PaperCall {
  readonly clock = new SteppedClock();
  readonly agent = new PaperAgent();
  readonly events: CallEvent[] = [];
  readonly sounds: FixedLineSounds;
  readonly bridge: Bridge;
  speech!: PaperSpeech;
  line = new PaperLine();
  hangUps = 0;
  readonly errands: Errand[] = [];
  readonly kept: ResumeState[] = [];
  /** What was heard until the line was closed goes along. */
  leftWith: ResumeState | null = null;
  /** When the store has what the next process needs. */
  isWritten: Promise<void> = Promise.resolve();
  /** Whether another process can take the call. */
  canLeave = true;
  /** Whether the carrier accepts a redirect. */
  canRedirect = true;
  tellLine: (event: LineEvent) => void = () => {};

  /** `canHangUp`: there is a carrier's API to act through. */
  constructor(
    settings: Partial<BridgeSettings> & {
      greeting?: string;
      canHangUp?: boolean;
      resumed?: ResumedCall | null;
    } = {},
    sounds: FixedLineSounds = new Map(),
  ) {
    this.sounds = sounds;
    const { greeting = '', canHangUp = false, resumed = null, ...others } = settings;
    let speech: PaperSpeech | null = null;
    this.bridge = new Bridge({
      call: { id: 'CA1', carrier: { sid: 'CA1' }, from: '+15550001', to: '+15550002', parameters: {} },
      clock: this.clock,
      tape: null,
      agent: this.agent,
      sounds: this.sounds,
      openSpeech: (onEvent) => (speech = new PaperSpeech(onEvent)),
      carrier: canHangUp
        ? {
            hangUp: async () => {
              this.hangUps++;
            },
            redirect: async (errand) => {
              this.errands.push(errand);
              return this.canRedirect;
            },
          }
        : null,
      resumed,
      keep: async (resume, close) => {
        await this.isWritten;
        this.kept.push(resume);
        this.leftWith = close();
      },
      mayLeave: async () => this.canLeave,
      onEvent: (event) => this.events.push(event),
      onEnd: () => {},
      settings: {
        ...PAPER_SETTINGS,
        lines: fixedLineTexts(greeting),
        ...others,
      },
    });
    if (speech === null) throw new Error('the bridge did not dial speech');
    this.speech = speech;
  }

  /** Twilio's stream is there. */
  connects(line = new PaperLine()): void {
    this.line = line;
    this.tellLine = this.bridge.attach(line);
  }

  /** The stream is there, and the greeting was heard. */
  async isGreeted(): Promise<void> {
    this.connects();
    this.speech.speaks();
    this.plays();
    await settled();
  }

  /** A call whose first turn has begun: the caller said `words`, and the agent is being asked. */
  async callerSays(words: string): Promise<void> {
    this.speech.transcribes(words);
    await settled();
  }

  /** The line played up to that many marks, which come back. */
  plays(marks = this.line.pendingMarks.length): void {
    for (const name of this.line.pendingMarks.splice(0, marks)) this.tellLine({ type: 'mark-reached', name });
  }

  /** `ms` of caller audio in frames of 20 ms, loud or silent, as time passes. */
  frames(ms: number, isLoud: boolean, fromMs = 0): void {
    const frame = isLoud ? soundOf('a') : Buffer.alloc(160, 0xff);
    for (let at = 0; at < ms; at += 20) {
      this.clock.step(20);
      this.tellLine({ type: 'audio', audio: frame.toString('base64'), timestampMs: fromMs + at });
    }
  }

  of<T extends CallEvent['type']>(type: T): Extract<CallEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<CallEvent, { type: T }> => event.type === type);
  }
}
