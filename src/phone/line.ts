// The way to the caller: our audio, marks and clears as Twilio's messages. Twilio answers a message with one key too
// many or too few with silence and a warning nobody sees (31951), so each has exactly the documented keys.
import type { WebSocket } from 'ws';
import type { Base64Audio, Line } from '../call/ports.ts';

/** More than a minute and a half of audio that Twilio, which reads as fast as we write, has not taken: nobody is there. */
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
