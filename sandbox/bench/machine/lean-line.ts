// A caller's line with as little work as a far end can have, so that hundreds of them fit on the core that the subject
// does not use: one stamped frame a beat, marks that come back once their audio has played, and nothing kept or checked
// that the sandbox's own Twilio checks in every other command.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Form, type TwilioWebhooks } from '../../twilio/webhooks.ts';
import { loudTail, quietTail, STAMP_CHARS, stampAt, stampOf } from './stamp.ts';
import type { Ways } from './ways.ts';

export const FRAME_MS = 20;
const FRAME_BYTES = 160;
const BYTES_PER_MS = 8;
const QUIET = quietTail(FRAME_BYTES);
const LOUD = loudTail(FRAME_BYTES);
const PAYLOAD = '"payload":"';
const TEXT = { binary: false };

export class LeanLine {
  readonly #socket: WebSocket;
  readonly #ways: Ways;
  /** Twilio's message up to a number, and from there on. */
  readonly #head: string;
  #messages = 1;
  #frames = 0;
  /** When all that was sent down will have sounded. */
  #soundsUntil = 0;
  readonly #marks: { readonly dueAt: number; readonly name: string }[] = [];
  readonly #streamSid: string;

  private constructor(socket: WebSocket, streamSid: string, ways: Ways) {
    this.#socket = socket;
    this.#ways = ways;
    this.#streamSid = streamSid;
    this.#head = `","streamSid":"${streamSid}","media":{"track":"inbound","chunk":"`;
    socket.on('message', (data: Buffer) => this.#receive(data));
  }

  /** Somebody calls: asks the webhook, and connects the stream that it wants. */
  static async dial(webhooks: TwilioWebhooks, about: Form, ways: Ways): Promise<LeanLine> {
    const [verb] = await webhooks.ask(`${webhooks.webhookUrl}/voice`, about);
    if (verb?.verb !== 'connect') throw new Error(`the webhook wanted ${verb?.verb ?? 'nothing'}`);
    const { address, headers } = webhooks.upgrade(verb.streamUrl, 'plain');
    const socket = new WebSocket(address, { headers, perMessageDeflate: false });
    await once(socket, 'open');
    const streamSid = (about['CallSid'] ?? '').replace('CA', 'MZ');
    socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    const start = {
      accountSid: about['AccountSid'],
      streamSid,
      callSid: about['CallSid'],
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: verb.parameters,
    };
    socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid, start }));
    return new LeanLine(socket, streamSid, ways);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Whether the caller still hears something. */
  isSounding(now: number): boolean {
    return this.#marks.length > 0 || this.#soundsUntil > now;
  }

  /** To be called every 20 ms of the call. */
  beat(isSpeaking: boolean): void {
    const now = performance.now();
    const frame = this.#frames++;
    const stamp = stampOf({ sentAt: now, order: this.#ways.up.sent() });
    const timestamp = frame * FRAME_MS;
    const media = `${this.#head}${frame + 1}","timestamp":"${timestamp}","payload":"${stamp}${isSpeaking ? LOUD : QUIET}"}}`;
    // As bytes: a string would be masked apart, and leave in two pieces.
    this.#socket.send(
      Buffer.from(`{"event":"media","sequenceNumber":"${++this.#messages}${media}`, 'latin1'),
      TEXT,
    );
    while (this.#marks[0] !== undefined && this.#marks[0].dueAt <= now) {
      const name = this.#marks.shift()?.name;
      const sequenceNumber = String(++this.#messages);
      const mark = { event: 'mark', sequenceNumber, streamSid: this.#streamSid, mark: { name } };
      this.#socket.send(Buffer.from(JSON.stringify(mark)), TEXT);
    }
  }

  hangUp(): void {
    this.#socket.close();
  }

  #receive(data: Buffer): void {
    const now = performance.now();
    const at = data.indexOf(PAYLOAD);
    if (at !== -1) {
      const from = at + PAYLOAD.length;
      const bytes = Math.floor(((data.indexOf('"', from) - from) / 4) * 3);
      this.#soundsUntil = Math.max(this.#soundsUntil, now) + bytes / BYTES_PER_MS;
      if (data.length > from + STAMP_CHARS) this.#ways.down.arrived(stampAt(data, from), now);
      return;
    }
    const message: { readonly event: string; readonly mark?: { readonly name: string } } = JSON.parse(
      data.toString(),
    );
    if (message.event === 'mark' && message.mark !== undefined)
      this.#marks.push({ dueAt: this.#soundsUntil, name: message.mark.name });
    else if (message.event === 'clear') this.#soundsUntil = now;
  }
}
