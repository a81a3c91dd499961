// The caller's line: our audio, marks and clears as Twilio's messages, each with exactly the documented keys. Twilio drops
// a message with one key too many or too few, with a warning that nobody sees (31951).
import type { WebSocket } from 'ws';
import type { Base64Audio, Line } from '../call/ports.ts';

/** A minute and a half of unsent audio. Twilio reads as fast as we write, so nobody is at the other end. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export class TwilioLine implements Line {
  readonly streamId: string;
  readonly #socket: WebSocket;
  readonly #onSlow: () => void;
  readonly #onClose: () => void;

  constructor(socket: WebSocket, streamId: string, on: { slow: () => void; close: () => void }) {
    this.streamId = streamId;
    this.#socket = socket;
    this.#onSlow = on.slow;
    this.#onClose = on.close;
  }

  play(audio: Base64Audio): void {
    this.#send({ event: 'media', streamSid: this.streamId, media: { payload: audio } });
  }

  mark(name: string): void {
    this.#send({ event: 'mark', streamSid: this.streamId, mark: { name } });
  }

  clear(): void {
    this.#send({ event: 'clear', streamSid: this.streamId });
  }

  close(): void {
    this.#onClose();
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) this.#onSlow();
    else this.#socket.send(JSON.stringify(message));
  }
}
