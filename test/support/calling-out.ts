// A sandbox whose relay may place outbound calls, and its API.
import { expect, type TestContext } from 'vitest';
import { callingAgent } from '../../sandbox/openai/calling-mind.ts';
import type { Mind } from '../../sandbox/openai/mind.ts';
import type { SandboxOptions } from '../../sandbox/sandbox.ts';
import { quickSandbox } from './quick-sandbox.ts';

export const TOKEN = 'operator-token';
export const ANN = '+15551230001';

export const MAY_CALL_OUT = {
  OPERATOR_TOKEN: TOKEN,
  OUTBOUND_ALLOW: '+1555*',
  QUIET_HOURS: 'off',
  CALLBACK_SECRET: 'callback-secret',
  CALLBACK_ALLOW_PRIVATE: '1',
};

export const REMINDER = {
  to: ANN,
  task: {
    type: 'appointment_reminder',
    prompt: 'Remind Ann of her appointment tomorrow at two.',
    context: { practice: 'Harbour Dental' },
  },
};

/** The fields of an answer that tests read. */
export interface Body {
  readonly id: string;
  readonly stage: string;
  readonly position: number;
  readonly isSettled: boolean;
  readonly transcript: readonly object[];
  readonly transferTo: readonly string[];
  readonly result: { readonly value: object; readonly findings: readonly { readonly is: string }[] };
  readonly error: { readonly code: string; readonly message: string; readonly field?: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export async function callingOut(test: TestContext, { env = {}, ...others }: SandboxOptions = {}) {
  const sandbox = await quickSandbox(test, { ...others, env: { ...MAY_CALL_OUT, ...env } });
  const api = apiAt(sandbox.relayUrl);
  /** Places a call that must be accepted; returns its ID. */
  const place = async (body: object = REMINDER): Promise<string> => {
    const answer = await api('POST', '/calls', body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    return String(answer.body.id);
  };
  return { sandbox, api, place, settled: (id: string) => settledAt(api, id) };
}

/** As the sandbox's, without the time it takes to think. */
export const quickCaller: Mind = (heard) => ({ text: callingAgent(heard).text });

export function calling(test: TestContext, mind: Mind = quickCaller) {
  return callingOut(test, {
    env: { AGENT_WORKFLOW_ID: 'agent_quick' },
    openAi: { agents: { agent_quick: mind } },
  });
}

/** Ann picks up, and says each line once she has heard the words before it. */
export function annSays(
  { sandbox }: Awaited<ReturnType<typeof calling>>,
  lines: Readonly<Record<string, string>>,
) {
  const ann = sandbox.twilio.callee(ANN);
  return async (): Promise<void> => {
    const caller = await ann.answered;
    for (const [heard, says] of Object.entries(lines)) {
      await caller.hears(heard, { withinMs: 15_000 });
      await caller.says(says);
    }
    await caller.ended;
  };
}

/** The call once it is settled. */
export async function settledAt(api: ReturnType<typeof apiAt>, id: string): Promise<Body> {
  for (let since = ''; ;) {
    const { body } = await api('GET', `/calls/${id}?wait=10${since}`);
    if (body.isSettled) return body;
    since = `&since=${body.position}`;
  }
}

export function apiAt(relayUrl: string) {
  return async (
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const response = await fetch(relayUrl + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  };
}
