// One media stream from Twilio's side: sends the caller's voice in frames of 20 ms by the clock, plays what comes back,
// echoes marks. Silent frames are left out, as Twilio was seen to do, while the timestamps go on.
import { WebSocket, type RawData } from 'ws';
import type { Base64Audio, Clock } from '../../src/call/ports.ts';
import type { Caller } from '../caller/caller.ts';
import { onEveryBeat } from './frame-ticker.ts';
import { SAMPLES_PER_MS, silence } from '../tones.ts';
import { type RelayMessage, readMessage } from './message.ts';
import { TwilioPlayout } from './playout.ts';
import { TwilioViolation } from './violation.ts';

const FRAME_MS = 20;
const FRAME_BYTES = FRAME_MS * SAMPLES_PER_MS;
/** For a relay that no longer answers. */
const CLOSE_WITHIN_MS = 1_000;
const SILENT_FRAME = silence(FRAME_MS);

export interface AudioFrame {
  /** `sent` to the relay or `received` from it. */
  readonly direction: 'sent' | 'received';
  readonly audio: Base64Audio;
  readonly at: number;
}

/** How this line treats the caller's voice. */
export interface LineOptions {
  /** Leave silent frames out. On unless told otherwise. */
  readonly omitsSilence?: boolean;
  /** Cut the caller's audio into messages of these sizes in turn, instead of 160 bytes. */
  readonly payloadBytes?: readonly number[];
  /** Hold the frames back for so long, every so often, and send them in a burst. */
  readonly stalls?: { readonly everyMs: number; readonly forMs: number };
  /** Whether anybody listens; a bench that counts frames need not pay for reading tones. On unless told otherwise. */
  readonly isAudible?: boolean;
  readonly onAudio?: (frame: AudioFrame) => void;
  /** When a stream's `start` was sent. */
  readonly onStart?: (at: number) => void;
}

/**
 * `over`: the call ended and we said so. `closed`: the relay closed its socket. `broken`: the connection went.
 * `refused`: there never was one.
 */
export type StreamEnd =
  | { readonly how: 'over' | 'closed' | 'broken' }
  | { readonly how: 'refused'; readonly detail: string };

export interface TwilioStreamOptions {
  readonly clock: Clock;
  readonly line: LineOptions;
  readonly caller: Caller;
  readonly accountSid: string;
  readonly streamSid: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly onOpen: () => void;
  readonly onViolation: (violation: TwilioViolation) => void;
}

export class TwilioStream {
  readonly ended: Promise<StreamEnd>;
  readonly #end = Promise.withResolvers<StreamEnd>();
  readonly #options: TwilioStreamOptions;
  readonly #socket: WebSocket;
  readonly #playout: TwilioPlayout;
  #messages = 0;
  #chunks = 0;
  #frames = 0;
  #startedAt = 0;
  #isOver = false;
  /** Caller audio not yet cut into messages, and the place of its first byte on the stream. */
  #uncut: Buffer = Buffer.alloc(0);
  #uncutFrom = 0;
  #held: { readonly audio: Buffer; readonly timestampMs: number }[] = [];
  #stopBeat = (): void => {};

  constructor(address: string, headers: Readonly<Record<string, string>>, options: TwilioStreamOptions) {
    this.#options = options;
    this.ended = this.#end.promise;
    const { clock, line, caller } = options;
    this.#playout = new TwilioPlayout({
      clock,
      onPlayed: (audio, endedAt) => {
        if (line.isAudible !== false) caller.ear.hear(audio, endedAt);
      },
      onMark: (name) => this.#send('mark', { mark: { name } }),
    });
    this.#socket = new WebSocket(address, { headers, perMessageDeflate: false });
    this.#socket.on('error', (error) => {
      // Of a stream that once stood, 'close' tells the rest.
      if (this.#startedAt === 0) this.#over({ how: 'refused', detail: error.message });
    });
    this.#socket.on('close', (code) => this.#over({ how: code === 1006 ? 'broken' : 'closed' }));
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('open', () => this.#start());
  }

  /** The call is over. */
  stop(): void {
    const { accountSid, caller, clock } = this.#options;
    this.#send('stop', { stop: { accountSid, callSid: caller.sid } });
    this.#over({ how: 'over' });
    this.#socket.on(
      'close',
      clock.after(CLOSE_WITHIN_MS, () => this.drop()),
    );
    this.#socket.close();
  }

  /** Cuts the connection without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  sendRaw(frame: string | Buffer): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  #start(): void {
    const { accountSid, caller, clock, line, parameters, streamSid, onOpen } = this.#options;
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    this.#send('start', {
      start: {
        accountSid,
        streamSid,
        callSid: caller.sid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: parameters,
      },
    });
    this.#startedAt = clock.now();
    line.onStart?.(this.#startedAt);
    this.#stopBeat = onEveryBeat(clock, () => this.#beat());
    onOpen();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isOver) return;
    let message: RelayMessage;
    try {
      message = readMessage(data, isBinary, this.#options.streamSid);
    } catch (error) {
      if (!(error instanceof TwilioViolation)) throw error;
      return this.#options.onViolation(error);
    }
    switch (message.event) {
      case 'media':
        this.#report('received', () => message.audio.toString('base64'));
        return this.#playout.queue(message.audio);
      case 'mark':
        return this.#playout.mark(message.name);
      case 'clear':
        return this.#playout.clear();
    }
  }

  /** Sends as many frames as time has passed: after a stall of this process, several at once. */
  #beat(): void {
    const { clock, caller } = this.#options;
    const now = clock.now();
    const due = Math.floor((now - this.#startedAt) / FRAME_MS);
    if (this.#frames >= due) return;
    while (this.#frames < due) this.#frame();
    this.#playout.advance(now);
    caller.ear.rest(now);
  }

  #frame(): void {
    const { caller, line } = this.#options;
    const from = this.#frames++ * FRAME_BYTES;
    const digit = caller.mouth.nextDigit();
    if (digit !== null) this.#send('dtmf', { dtmf: { track: 'inbound_track', digit } });
    const audio = caller.mouth.nextFrame(FRAME_BYTES);
    if (audio !== null || line.omitsSilence === false) this.#cut(audio ?? SILENT_FRAME, from);
    else if (this.#uncut.length > 0) this.#hold(this.#uncut.length);
    this.#sendHeld(from / SAMPLES_PER_MS);
  }

  #cut(audio: Buffer, from: number): void {
    const { payloadBytes = [FRAME_BYTES] } = this.#options.line;
    if (this.#uncut.length === 0) this.#uncutFrom = from;
    this.#uncut = this.#uncut.length === 0 ? audio : Buffer.concat([this.#uncut, audio]);
    for (;;) {
      const size = payloadBytes[(this.#chunks + this.#held.length) % payloadBytes.length] ?? FRAME_BYTES;
      if (this.#uncut.length < size) return;
      this.#hold(size);
    }
  }

  #hold(bytes: number): void {
    const timestampMs = Math.floor(this.#uncutFrom / SAMPLES_PER_MS);
    this.#held.push({ audio: this.#uncut.subarray(0, bytes), timestampMs });
    this.#uncut = this.#uncut.subarray(bytes);
    this.#uncutFrom += bytes;
  }

  #sendHeld(atMs: number): void {
    const { stalls } = this.#options.line;
    if (stalls && atMs % stalls.everyMs < stalls.forMs) return;
    for (const { audio, timestampMs } of this.#held.splice(0)) {
      const chunk = String(++this.#chunks);
      const timestamp = String(timestampMs);
      const payload = audio.toString('base64');
      this.#send('media', { media: { track: 'inbound', chunk, timestamp, payload } });
      this.#report('sent', () => payload);
    }
  }

  #send(event: string, body: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const { streamSid } = this.#options;
    // Twilio's counters are strings.
    const sequenceNumber = String(++this.#messages);
    this.#socket.send(JSON.stringify({ event, sequenceNumber, streamSid, ...body }));
  }

  #report(direction: AudioFrame['direction'], audio: () => Base64Audio): void {
    const { clock, line } = this.#options;
    line.onAudio?.({ direction, audio: audio(), at: clock.now() });
  }

  #over(end: StreamEnd): void {
    this.#isOver = true;
    this.#stopBeat();
    this.#playout.stop();
    this.#end.resolve(end);
  }
}
