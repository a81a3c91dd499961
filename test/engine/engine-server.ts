// The engine over real HTTP, with the sandbox's OpenAI behind it. Every answer is checked against the schema that the
// OpenAPI document is made from, so that the two cannot part.
import { createServer } from 'node:http';
import express from 'express';
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { expect, onTestFinished, vi } from 'vitest';
import type { z } from 'zod';
import { chooseAgent } from '../../src/agent/kinds.ts';
import type { Clock } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import type { EngineOptions, EngineProfile, EngineSiblings } from '../../src/engine/engine-profile.ts';
import { engineRoutes } from '../../src/engine/engine-routes.ts';
import { problemSchema } from '../../src/http/problems.ts';
import { flowerShop, type Mind } from '../../sandbox/openai/mind.ts';
import { type OpenAiOptions, type OpenAiSandbox, startOpenAi } from '../../sandbox/openai/openai.ts';
import { openSpeech } from '../../src/speech/speech.ts';
import { listen } from '../support/listen.ts';

const API_KEY = 'sk-engine-test';
export const GREETING = 'Hello, this is Bloom and Stem. How can I help you?';
const VAD = { threshold: 0.5, silenceMs: 200, prefixMs: 300 };

/** How a request is made. */
export interface Asking {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** Ten times as fast as real: the far end is in a hurry too. */
const HURRIED: Clock = {
  now: () => systemClock.now() * 10,
  after: (ms, run) => systemClock.after(ms / 10, run),
};

/** The flower shop without its pauses for thought. */
const quickFlowers: Mind = (heard) => ({ text: flowerShop(heard).text });

export interface EngineServerOptions {
  readonly openAi?: Omit<OpenAiOptions, 'apiKey'>;
  readonly limits?: Partial<EngineOptions['limits']>;
  /** Of the engine; the far end and the speech sessions have their own. */
  readonly clock?: Clock;
  /** What differs, for all profiles. */
  readonly profile?: Partial<EngineProfile>;
  readonly agentId?: string;
  readonly siblings?: EngineSiblings;
  readonly isLeaving?: () => boolean;
}

export class EngineServer {
  readonly url: string;
  readonly openAi: OpenAiSandbox;
  readonly logged: string[];
  readonly bugs: unknown[];
  readonly closing: AbortController;
  /** Of a voice or ears, since the last that was waited for. */
  #asked: RealtimeClientEvent['type'][] = [];
  #lookAgain = (): void => {};

  private constructor(parts: Pick<EngineServer, 'url' | 'openAi' | 'logged' | 'bugs' | 'closing'>) {
    this.url = parts.url;
    this.openAi = parts.openAi;
    this.logged = parts.logged;
    this.bugs = parts.bugs;
    this.closing = parts.closing;
  }

  static async start(options: EngineServerOptions = {}): Promise<EngineServer> {
    const { clock = HURRIED, agentId = 'agent_flowers' } = options;
    const asked: { note: (event: RealtimeClientEvent) => void } = { note: () => {} };
    const openAi = await startOpenAi({
      ...options.openAi,
      agents: { agent_flowers: quickFlowers },
      onRealtimeEvent: (event, sessionId) => {
        options.openAi?.onRealtimeEvent?.(event, sessionId);
        asked.note(event);
      },
      apiKey: API_KEY,
      realtimeFaults: {
        transcriptionMs: 5,
        firstAudioMs: 5,
        speed: 200,
        ...options.openAi?.realtimeFaults,
      },
    });
    const profile = (name: string): EngineProfile => ({
      name,
      agent: chooseAgent(agentId, {
        openaiBaseUrl: openAi.baseUrl,
        openaiApiKey: API_KEY,
        agentBaseUrl: '',
        agentHeaders: {},
        azure: null,
        agentApiKey: '',
        instructions: null,
        agentTimeoutMs: 20_000,
        clock: systemClock,
        log: () => {},
      }),
      greeting: GREETING,
      timeZone: 'Europe/Berlin',
      transfers: { usual: null, allowed: [] },
      notesOff: new Set(),
      openSpeech: (onEvent) =>
        openSpeech(
          {
            apiKey: API_KEY,
            baseUrl: openAi.baseUrl,
            model: 'gpt-realtime-2.1-mini',
            voice: 'marin',
            transcriptionModel: 'gpt-transcribe',
            vad: VAD,
            clock: systemClock,
          },
          onEvent,
        ),
      ...options.profile,
    });
    const profiles = new Map(['default', '+15550002222'].map((name) => [name, profile(name)]));
    const closing = new AbortController();
    const logged: string[] = [];
    const bugs: unknown[] = [];
    const app = express();
    app.use(
      engineRoutes({
        profiles: [...profiles.keys()].map((name) => ({ name, language: 'en', voice: 'marin' })),
        profile: (name) => profiles.get(name) ?? null,
        clock,
        vadSilenceMs: VAD.silenceMs,
        agentTimeoutMs: 20_000,
        limits: { maxSessions: 4, maxConversations: 10, idleMs: 600_000, ...options.limits },
        siblings: options.siblings ?? null,
        isLeaving: options.isLeaving ?? (() => false),
        closing: closing.signal,
        log: (line) => logged.push(line),
        onBug: (error) => bugs.push(error),
      }),
    );
    const http = createServer(app);
    const url = `http://127.0.0.1:${await listen(http)}`;
    onTestFinished(async () => {
      closing.abort();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await openAi.close();
      expect(bugs).toEqual([]);
    });
    const server = new EngineServer({ url, openAi, logged, bugs, closing });
    asked.note = ({ type }) => {
      server.#asked.push(type);
      server.#lookAgain();
    };
    return server;
  }

  /** Resolves once Realtime was asked for this. */
  async realtimeAsked(type: RealtimeClientEvent['type']): Promise<void> {
    while (!this.#asked.includes(type)) await new Promise<void>((resolve) => (this.#lookAgain = resolve));
    this.#asked = [];
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  /** Sends JSON. */
  post(path: string, body: unknown, init: Asking = {}): Promise<Response> {
    return this.fetch(path, {
      ...init,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...init.headers },
      body: JSON.stringify(body),
    });
  }

  /** Sends a sound. */
  postSound(path: string, sound: Uint8Array<ArrayBuffer>, type = 'audio/wav', init: Asking = {}) {
    return this.fetch(path, { ...init, method: 'POST', headers: { 'content-type': type }, body: sound });
  }
}

/** The body of an answer that went well, as its schema has it. */
export async function right<Schema extends z.ZodType>(
  response: Response | Promise<Response>,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const answer = await response;
  const body: unknown = await answer.json();
  expect(body).not.toHaveProperty('error');
  expect(answer.status).toBeOneOf([200, 201]);
  return schema.parse(body);
}

/** The status, code and field of a problem. */
export async function wrong(response: Response | Promise<Response>): Promise<string> {
  const answer = await response;
  const { error } = problemSchema.parse(await answer.json());
  return `${answer.status} ${error.code}${error.field === undefined ? '' : ` ${error.field}`}`;
}

/** Resolves once `holds` passes; on a busy machine that can take a while. */
export function eventually(holds: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(holds, { timeout: 10_000, interval: 10 });
}
