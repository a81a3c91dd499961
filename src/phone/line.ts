// The caller's line: our audio, marks and clears as Twilio's messages, each with exactly the documented keys. Twilio drops
// a message with one key too many or too few, with a warning that nobody sees (31951).
import type { WebSocket } from 'ws';
import type { Base64Audio, Line } from '../call/ports.ts';

/** The TCP socket under a WebSocket, as far as it gathers writes. */
export interface Wire {
  cork(): void;
  uncork(): void;
}

/** A minute and a half of unsent audio. Twilio reads as fast as we write, so nobody is at the other end. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export class TwilioLine implements Line {
  readonly streamId: string;
  readonly #socket: WebSocket;
  readonly #wire: Wire;
  /** Of a media message, up to the audio. */
  readonly #mediaHead: string;
  #isGathering = false;
  readonly #onSlow: () => void;
  readonly #onClose: () => void;

  constructor(socket: WebSocket, wire: Wire, streamId: string, on: { slow: () => void; close: () => void }) {
    this.streamId = streamId;
    this.#socket = socket;
    this.#wire = wire;
    this.#mediaHead = `{"event":"media","streamSid":${JSON.stringify(streamId)},"media":{"payload":`;
    this.#onSlow = on.slow;
    this.#onClose = on.close;
  }

  play(audio: Base64Audio): void {
    this.#send(`${this.#mediaHead}${JSON.stringify(audio)}}}`);
  }

  mark(name: string): void {
    this.#send(JSON.stringify({ event: 'mark', streamSid: this.streamId, mark: { name } }));
  }

  clear(): void {
    this.#send(JSON.stringify({ event: 'clear', streamSid: this.streamId }));
  }

  close(): void {
    this.#onClose();
  }

  #send(message: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) return this.#onSlow();
    this.#gather();
    this.#socket.send(message);
  }

  /** What one tick sends, such as audio and its mark, leaves in one write. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#wire.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      this.#wire.uncork();
    });
  }
}
