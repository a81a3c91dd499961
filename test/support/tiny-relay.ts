// A relay of a few lines for tests of the sandbox's Twilio, and of what speaks to it.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import twilioPackage from 'twilio';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { systemClock } from '../../src/call/system-clock.ts';
import { type TwilioApi, twilioApi, type TwilioCallsOptions } from '../../src/phone/twilio-api.ts';
import { phoneUrls } from '../../src/phone/urls.ts';
import { soundOf, ToneListener } from '../../sandbox/tones.ts';
import {
  type CallOptions,
  startTwilio,
  type TwilioOptions,
  type TwilioSandbox,
} from '../../sandbox/twilio/twilio.ts';
import { listen } from './listen.ts';

export const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
export const AUTH_TOKEN = 'the-token';
export const OUR_NUMBER = '+15550002222';
export const WEBHOOK_URL = 'https://relay.example';
export const CONNECT =
  '<Connect action="https://relay.example/voice/next"><Stream url="wss://relay.example/media-stream" statusCallback="https://relay.example/voice/status"><Parameter name="token" value="a&amp;b"/></Stream></Connect>';

interface FromTwilio {
  readonly event: string;
  readonly sequenceNumber?: string;
  readonly streamSid?: string;
  readonly start?: { callSid: string; customParameters: Record<string, string> };
  readonly media?: { chunk: string; timestamp: string; payload: string };
  readonly mark?: { name: string };
  readonly dtmf?: { digit: string };
}

/** The other end of one stream. */
export class Stream {
  readonly messages: FromTwilio[] = [];
  readonly arrivals: number[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  #waits: { isIt: (message: FromTwilio) => boolean; found: (message: FromTwilio) => void }[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = once(socket, 'close').then(([code]: unknown[]) => Number(code));
    socket.on('message', (data: Buffer) => {
      const message: FromTwilio = JSON.parse(data.toString());
      this.messages.push(message);
      this.arrivals.push(performance.now());
      this.#waits = this.#waits.filter(({ isIt, found }) => {
        if (!isIt(message)) return true;
        found(message);
        return false;
      });
    });
  }

  get streamSid(): string {
    return this.messages.find(({ event }) => event === 'start')?.streamSid ?? '';
  }

  of(event: string): FromTwilio[] {
    return this.messages.filter((message) => message.event === event);
  }

  get heard(): string {
    const ears = new ToneListener();
    for (const { media } of this.of('media')) ears.hear(Buffer.from(media?.payload ?? '', 'base64'));
    ears.pause();
    return ears.text;
  }

  until(isIt: (message: FromTwilio) => boolean): Promise<FromTwilio> {
    const already = this.messages.find(isIt);
    if (already) return Promise.resolve(already);
    return new Promise((found) => this.#waits.push({ isIt, found }));
  }

  markBack(name: string): Promise<FromTwilio> {
    return this.until((message) => message.mark?.name === name);
  }

  send(message: object): void {
    this.socket.send(JSON.stringify({ streamSid: this.streamSid, ...message }));
  }

  play(text: string): void {
    this.send({ event: 'media', media: { payload: soundOf(text).toString('base64') } });
  }

  mark(name: string): void {
    this.send({ event: 'mark', mark: { name } });
  }
}

export interface Asked {
  readonly path: string;
  readonly form: URLSearchParams;
  readonly isSigned: boolean;
}

/**
 * A relay that answers the first question about a call with `answers[0]`, those after it with the rest in turn, and leaves
 * its streams to the test.
 */
export class TinyRelay {
  readonly asked: Asked[] = [];
  readonly server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #streams: Stream[] = [];
  #waiting: ((stream: Stream) => void)[] = [];
  #waits: { isIt: (asked: Asked) => boolean; found: (asked: Asked) => void }[] = [];
  contentType = 'text/xml';
  /** Nothing is answered before. */
  answersAfter: Promise<void> = Promise.resolve();

  constructor(answers: string[]) {
    const remaining = [...answers];
    this.server = createServer((req, res) => {
      void text(req).then(async (body) => {
        const path = req.url ?? '';
        const form = new URLSearchParams(body);
        const isSigned = twilioPackage.validateRequest(
          AUTH_TOKEN,
          String(req.headers['x-twilio-signature']),
          WEBHOOK_URL + path,
          Object.fromEntries(form),
        );
        this.#take({ path, form, isSigned });
        const verbs = /^\/voice\/(status|machine)/.test(path) ? '' : (remaining.shift() ?? '<Hangup/>');
        await this.answersAfter;
        res.setHeader('content-type', this.contentType);
        res.end(`<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`);
      });
    });
    this.server.on('upgrade', (req, socket, head) => {
      const url = `wss://relay.example${req.url}`;
      const expected = twilioPackage.getExpectedTwilioSignature(AUTH_TOKEN, url, {});
      if (req.headers['x-twilio-signature'] !== expected) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
        return;
      }
      this.#sockets.handleUpgrade(req, socket, head, (webSocket) => {
        const stream = new Stream(webSocket);
        const waiting = this.#waiting.shift();
        if (waiting) waiting(stream);
        else this.#streams.push(stream);
      });
    });
  }

  stream(): Promise<Stream> {
    const stream = this.#streams.shift();
    return stream ? Promise.resolve(stream) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #take(asked: Asked): void {
    this.asked.push(asked);
    this.#waits = this.#waits.filter(({ isIt, found }) => {
      if (!isIt(asked)) return true;
      found(asked);
      return false;
    });
  }

  until(isIt: (asked: Asked) => boolean): Promise<Asked> {
    const already = this.asked.find(isIt);
    if (already) return Promise.resolve(already);
    return new Promise((found) => this.#waits.push({ isIt, found }));
  }

  statuses(): string[] {
    return this.asked
      .filter(({ path }) => path.startsWith('/voice/status'))
      .map(({ form }) => form.get('StreamEvent') ?? form.get('CallStatus') ?? '');
  }
}

/** Twilio and such a relay, until the end of the test. */
export async function stage(answers: readonly string[], options: Partial<TwilioOptions> = {}) {
  const relay = new TinyRelay([...answers]);
  const relayUrl = `http://127.0.0.1:${await listen(relay.server)}`;
  const twilio = await startTwilio({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    webhookUrl: WEBHOOK_URL,
    relayUrl,
    phoneNumber: OUR_NUMBER,
    ...options,
  });
  onTestFinished(async () => {
    await twilio.close();
    relay.server.closeAllConnections();
    relay.server.close();
  });
  const call = async (callOptions: CallOptions = {}) => {
    const caller = await twilio.call(callOptions);
    const stream = await relay.stream();
    await stream.until(({ event }) => event === 'start');
    return { caller, stream };
  };
  return { relay, relayUrl, twilio, call };
}

export function apiOf(twilio: TwilioSandbox, others: Partial<TwilioCallsOptions> = {}): TwilioApi {
  return twilioApi({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    apiUrl: twilio.apiUrl,
    urls: phoneUrls(WEBHOOK_URL),
    clock: systemClock,
    ...others,
  });
}
