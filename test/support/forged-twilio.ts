// Twilio by hand, one unchecked request or message at a time: for what the sandbox's Twilio never sends. It can sign,
// because an attacker may have overheard a signature; it plays nothing and answers nothing.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { SANDBOX_ENV, type Sandbox } from '../../sandbox/sandbox.ts';
import type { Verb } from '../../sandbox/twilio/twiml.ts';
import { type Form, TwilioWebhooks, type UpgradeSignature } from '../../sandbox/twilio/webhooks.ts';

const STREAM_URL = `${SANDBOX_ENV.WEBHOOK_URL.replace('https', 'wss')}/media-stream`;

/** A form as Twilio posts it, of a call that is the sandbox's. */
export function formOf(callId: string, more: Form = {}): Form {
  return {
    AccountSid: SANDBOX_ENV.TWILIO_ACCOUNT_SID,
    CallSid: callId,
    CallStatus: 'ringing',
    From: '+15550003333',
    To: '+15550002222',
    ...more,
  };
}

export class ForgedTwilio {
  readonly #webhooks: TwilioWebhooks;

  constructor({ relayUrl }: Sandbox) {
    this.#webhooks = new TwilioWebhooks(SANDBOX_ENV.TWILIO_AUTH_TOKEN, SANDBOX_ENV.WEBHOOK_URL, relayUrl);
  }

  /** Announces a call that has no stream; resolves with its token. */
  async announces(callId: string): Promise<string> {
    const [verb] = await this.#ask('/voice', formOf(callId));
    const token = verb?.verb === 'connect' ? verb.parameters.token : undefined;
    if (token === undefined) throw new Error(`the relay did not take the call, but said ${verb?.verb}`);
    return token;
  }

  /** The stream of this call has ended, and the call goes on. */
  async asksNext(callId: string): Promise<string[]> {
    const verbs = await this.#ask('/voice/next', formOf(callId, { CallStatus: 'in-progress' }));
    return verbs.map(({ verb }) => verb);
  }

  async ends(callId: string): Promise<void> {
    await this.#ask('/voice/status', formOf(callId, { CallStatus: 'completed' }));
  }

  /** The status of the answer; 101 where there was a socket, which is closed again. */
  async upgrades(signedAs: UpgradeSignature, url = STREAM_URL): Promise<number> {
    const { address, headers } = this.#webhooks.upgrade(url, signedAs);
    const socket = new WebSocket(address, { headers });
    const { promise, resolve } = Promise.withResolvers<number>();
    socket.on('error', () => {});
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    const status = await promise;
    socket.close();
    return status;
  }

  /** A stream whose socket stands, and over which nothing was sent yet. */
  async opens(): Promise<ForgedStream> {
    const { address, headers } = this.#webhooks.upgrade(STREAM_URL, 'plain');
    const socket = new WebSocket(address, { headers });
    await once(socket, 'open');
    return new ForgedStream(socket);
  }

  /** A stream that is joined to a call of its own. */
  async joins(callId: string): Promise<ForgedStream> {
    const token = await this.announces(callId);
    const stream = await this.opens();
    stream.sends(startOf(callId, token));
    return stream;
  }

  #ask(path: string, form: Form): Promise<Verb[]> {
    return this.#webhooks.ask(SANDBOX_ENV.WEBHOOK_URL + path, form);
  }
}

export class ForgedStream {
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    // The relay cuts some of these in the middle of a frame.
    socket.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  sends(...messages: readonly (object | string | Buffer)[]): void {
    for (const message of messages) {
      const isRaw = typeof message === 'string' || Buffer.isBuffer(message);
      this.#socket.send(isRaw ? message : JSON.stringify(message));
    }
  }

  hangsUp(): void {
    this.sends({ event: 'stop', streamSid: STREAM_SID, stop: {} });
  }
}

export const STREAM_SID = 'MZforged';

export function startOf(callId: string, token: string | null, mediaFormat: object = {}): object {
  return {
    event: 'start',
    streamSid: STREAM_SID,
    start: {
      callSid: callId,
      streamSid: STREAM_SID,
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1, ...mediaFormat },
      customParameters: token === null ? {} : { token },
    },
  };
}

export function mediaOf(media: object, streamSid = STREAM_SID): object {
  const payload = Buffer.alloc(160, 0xff).toString('base64');
  return { event: 'media', streamSid, media: { track: 'inbound', timestamp: '20', payload, ...media } };
}
