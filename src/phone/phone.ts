// Twilio as one object: its webhooks, its media streams and its REST API. The relay gets the calls' own words from it
// and answers with a `NextStep`; TwiML, CallSids, tokens and Twilio's status words never leave this folder.
import type { IncomingMessage } from 'node:http';
import type { Router } from 'express';
import type { WebSocket } from 'ws';
import type { CallFacts, CallId, NextStep, RefusedInput } from '../call/call.ts';
import { isOutboundId } from '../call/call-id.ts';
import type { HeardWebhook, RehearsedWebhook } from '../call/heard-webhook.ts';
import type { CallToPlace, Carrier, Clock, PlaceResult } from '../call/ports.ts';
import { firstCallOf, firstFactsOf } from './first-stream.ts';
import type { Wire } from './line.ts';
import { acceptMediaStream } from './media-stream.ts';
import type { PhoneListener } from './phone-listener.ts';
import { StreamTokens } from './stream-token.ts';
import { type TwilioApi, twilioApi } from './twilio-api.ts';
import { twimlFor } from './twiml.ts';
import { UnstartedStreams } from './unstarted-streams.ts';
import { rehearseWebhook, REHEARSED_TOKEN, rehearsingListener } from './rehearsal.ts';
import { markPassedOn, type StreamWsOptions, streamWsOptions } from './upgrade.ts';
import { PATHS, phoneUrls, type PhoneUrls } from './urls.ts';
import { WebhookLog } from './webhook-log.ts';
import { phoneRoutes } from './webhooks.ts';

/** Streams that may wait for their start, besides one for each call. */
const SPARE_STREAMS = 20;

export interface PhoneOptions {
  readonly clock: Clock;
  readonly authToken: string;
  /** Secrets of the account's SharedKeys; empty for none. */
  readonly sharedKeys: readonly string[];
  /** '' where nothing can be done over REST: no outbound calls, and only the closed stream leads on (E2). */
  readonly accountSid: string;
  /** '' for Twilio's own. */
  readonly apiUrl: string;
  readonly webhookUrl: string;
  readonly maxCalls: number;
  /** Whether another process takes this one's calls, and the next streams too. */
  readonly isLeaving: () => boolean;
  /** Whether this process surely has the call. */
  readonly hasCall: (callId: CallId) => boolean;
  /** Hands an unanswered upgrade to the process of this machine that has its call; null if there is one process. */
  readonly passOn: ((callId: CallId, request: IncomingMessage) => void) | null;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  /** Twilio did not take a command; the closed stream leads to the same step. */
  readonly onNotTold: (callId: CallId, error: unknown) => void;
  /** A listener threw; the caller was told that something is wrong. */
  readonly onBug: (error: unknown) => void;
}

/** Where a stream comes from. */
export interface StreamOrigin {
  readonly wire: Wire;
  readonly address: string;
}

export class Phone {
  /** Paths below it name a call. */
  readonly streamPath = PATHS.stream;
  /** For the server's sockets: nobody but Twilio gets one. */
  readonly socketOptions: StreamWsOptions;
  readonly #options: PhoneOptions;
  readonly #urls: PhoneUrls;
  readonly #tokens: StreamTokens;
  readonly #api: TwilioApi | null;
  readonly #streams = new Set<WebSocket>();
  readonly #unstarted: UnstartedStreams;
  readonly #log: WebhookLog;

  constructor(options: PhoneOptions) {
    const { accountSid, maxCalls } = options;
    this.#options = options;
    this.#log = new WebhookLog(options.clock);
    this.#urls = phoneUrls(options.webhookUrl, options.passOn !== null);
    this.#tokens = new StreamTokens(options.authToken);
    this.#unstarted = new UnstartedStreams(SPARE_STREAMS + maxCalls);
    this.#api = accountSid === '' ? null : twilioApi({ ...options, urls: this.#urls });
    this.socketOptions = streamWsOptions({
      ...options,
      // A call has one stream, and a second while the first is being replaced; unstarted ones have a bound of their own.
      isFull: () => this.#streams.size - this.#unstarted.size >= 2 * maxCalls,
    });
  }

  /** Whether calls can be placed, hung up on and redirected over REST. */
  get canCommand(): boolean {
    return this.#api !== null;
  }

  get unstartedStreams(): number {
    return this.#unstarted.size;
  }

  /** Of the stream whose far end lags most, in bytes. */
  get mostUnsentBytes(): number {
    return [...this.#streams].reduce((most, { bufferedAmount }) => Math.max(most, bufferedAmount), 0);
  }

  router(listener: PhoneListener): Router {
    return phoneRoutes({
      ...this.#options,
      listener,
      log: this.#log,
      twiml: (call, step, again, first) => this.#twiml(call, step, again, () => this.#tokenOf(call, first)),
    });
  }

  /** The last webhooks of this process, the latest first. */
  get heard(): readonly HeardWebhook[] {
    return this.#log.all;
  }

  /** What the first webhook of a call would get, without a call. `decide` must begin nothing. */
  rehearse(
    parties: { readonly from: string; readonly to: string },
    decide: PhoneListener['onIncoming'],
  ): Promise<RehearsedWebhook> {
    const routes = phoneRoutes({
      ...this.#options,
      listener: rehearsingListener(decide),
      log: new WebhookLog(this.#options.clock),
      // It is counted with nothing that came from outside.
      onRefused: () => {},
      twiml: (call, step, again) => this.#twiml(call, step, again, () => REHEARSED_TOKEN),
    });
    return rehearseWebhook({ ...this.#options, ...parties, routes });
  }

  /** The process that took this upgrade's connection gave it to this one, which has its call or is to claim it. */
  expectStream(request: IncomingMessage): void {
    markPassedOn(request);
  }

  acceptStream(socket: WebSocket, { wire, address }: StreamOrigin, listener: PhoneListener): void {
    const { clock, onRefused, onBug } = this.#options;
    const hasStarted = this.#unstarted.enter(address, () => {
      onRefused('stream-no-start', 'the oldest of too many without a start');
      socket.terminate();
    });
    this.#streams.add(socket);
    socket.on('close', () => {
      this.#streams.delete(socket);
      hasStarted();
    });
    acceptMediaStream(socket, {
      wire,
      clock,
      onRefused,
      onBug,
      onStart: ({ sid, token }, line) => {
        const proven = this.#tokens.verify(token, sid, clock.now());
        if (proven === null) return null;
        hasStarted();
        const named = { callId: proven.callId, sid };
        return listener.onStream({ ...named, first: firstCallOf(proven.facts, named) }, line);
      },
    });
  }

  /** Asks Twilio once to place the call. Never rejects. */
  async place(call: CallToPlace): Promise<PlaceResult> {
    return this.#api?.place(call) ?? { is: 'refused', code: 0 };
  }

  /** Ends a call, be it queued, ringing or in progress; rejects where Twilio could not be told. */
  async hangUp(sid: string): Promise<void> {
    await this.#api?.hangUp(sid);
  }

  /** What Twilio charges for all legs of an ended call, in USD; null while it has not said, or there is no account. */
  async price(sid: string): Promise<number | null> {
    return (await this.#api?.price(sid)) ?? null;
  }

  /**
   * Takes the call from its stream at once and goes on with `step`. False where Twilio could not be told: closing the
   * stream then makes it ask (E2). Never rejects.
   */
  async tell(call: CallFacts, step: NextStep): Promise<boolean> {
    return this.#command(call, (api, sid) => api.redirect(sid, this.#twiml(call, step)));
  }

  /** What a bridge can do with its call; null where only closing the line leads on. */
  carrierOf(call: CallFacts): Carrier | null {
    if (this.#api === null || call.carrier === null) return null;
    return {
      hangUp: async () => {
        await this.#command(call, (api, sid) => api.hangUp(sid));
      },
      redirect: (errand) => this.tell(call, errand),
    };
  }

  async #command(call: CallFacts, send: (api: TwilioApi, sid: string) => Promise<void>): Promise<boolean> {
    if (this.#api === null || call.carrier === null) return false;
    try {
      await send(this.#api, call.carrier.sid);
      return true;
    } catch (error) {
      this.#options.onNotTold(call.id, error);
      return false;
    }
  }

  #twiml(
    call: Pick<CallFacts, 'id' | 'carrier' | 'from'>,
    step: NextStep,
    again = '',
    token = () => this.#tokenOf(call),
  ): string {
    const { id, from } = call;
    if (step === 'connect') this.#api?.load();
    return twimlFor(step, { id, callerId: isOutboundId(id) ? from : null, token, again }, this.#urls);
  }

  #tokenOf({ id, carrier }: Pick<CallFacts, 'id' | 'carrier'>, first?: CallFacts): string {
    const facts = first === undefined ? '' : firstFactsOf(first);
    return this.#tokens.issue({ callId: id, sid: carrier?.sid ?? '' }, this.#options.clock.now(), facts);
  }
}
