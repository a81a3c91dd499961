// Calls from the terminal, through a whole relay in the sandbox.
import { describe, expect, it, type TestContext } from 'vitest';
import { placeCall } from '../../../src/cli/call/place-call.ts';
import { relayApi } from '../../../src/cli/call/relay-api.ts';
import { callingAgent } from '../../../sandbox/openai/calling-mind.ts';
import type { Mind } from '../../../sandbox/openai/mind.ts';
import { ANN, callingOut, TOKEN } from '../../support/calling-out.ts';

const quick: Mind = (heard) => ({ text: callingAgent(heard).text });

interface Stage {
  readonly token?: string;
  readonly mind?: Mind;
}

async function stage(test: TestContext, { token = TOKEN, mind = quick }: Stage = {}) {
  const { sandbox } = await callingOut(test, {
    env: { AGENT_WORKFLOW_ID: 'agent_quick' },
    openAi: { agents: { agent_quick: mind } },
  });
  const lines: string[] = [];
  const interrupts: (() => void)[] = [];
  const place = (differing: object = {}) =>
    placeCall({
      api: relayApi(sandbox.relayUrl, token),
      body: { to: ANN, task: { type: 'appointment_reminder', prompt: 'Remind Ann.' }, ...differing },
      print: (line) => lines.push(...line.split('\n')),
      onInterrupt: (listener) => interrupts.push(listener),
    });
  /** The lines without their times, which are never the same twice. */
  const told = (): string[] => lines.map((line) => line.replace(/^ *\d+\.\d+ s  (\w+) +/, '$1: '));
  return { sandbox, place, told, interrupt: () => interrupts.forEach((listener) => listener()) };
}

const RESULT = { type: 'object', properties: { isConfirmed: { type: 'boolean' } } };

describe.concurrent('a call from the terminal', () => {
  it('prints the call as it happens, and returns the requested result', async (test) => {
    const { sandbox, place, told } = await stage(test);
    const ann = sandbox.twilio.callee(ANN);
    const placing = place({ result: RESULT });
    const caller = await ann.answered;
    await caller.hears('Will you come?');
    await caller.says('Yes, I will.');
    expect(await placing).toBe(0);
    const lines = told().filter((line) => !/it rings|a person/.test(line));
    expect(lines).toEqual([
      `relay: a call to ${ANN} waits to be dialled`,
      'relay: dialling',
      'relay: answered',
      'callee: "Hello?"',
      'agent: "Hello, this is an AI assistant."',
      'agent: "I am calling to remind Ann."',
      'agent: "Will you come?"',
      'callee: "Yes, I will."',
      'agent: "Thank you very much."',
      'agent: "Goodbye!"',
      expect.stringMatching(/^relay: the call is over: the agent has said goodbye, after \d+\.\d s$/),
      '',
      'Result:',
      '',
      '  ✓ isConfirmed  true',
      '      [1] agent: "Hello, this is an AI assistant. I am calling to remind Ann. Will you come?"',
      '      [2] callee: "Yes, I will."',
      '',
      // What the sandbox's agent counts depends on its kind.
      expect.stringMatching(/^Cost: ~\$0\.\d{4}\+? \(ears \$0\.\d{4}, .*carrier \$0\.0259\)$/),
    ]);
  });

  it('is hung up by Ctrl-C, and watched to its end', async (test) => {
    const { sandbox, place, told, interrupt } = await stage(test);
    const ann = sandbox.twilio.callee(ANN);
    const placing = place({ result: RESULT });
    const caller = await ann.answered;
    await caller.hears('this is an AI');
    interrupt();
    expect((await caller.ended).how).toBe('relay-hung-up');
    await placing;
    expect(told()).toContain('relay: hanging up; Ctrl-C again leaves');
    expect(told().join('\n')).toMatch(/relay: the call is over: you hung up/);
  });

  it('goes on by itself after a second Ctrl-C', async (test) => {
    const { sandbox, place, told, interrupt } = await stage(test);
    const ann = sandbox.twilio.callee(ANN, 'rings-on');
    const placing = place();
    await ann.rang;
    interrupt();
    interrupt();
    expect(await placing).toBe(1);
    expect(told().at(-1)).toMatch(/^The call goes on, or ends, without you: GET http:.*\/calls\/CO/);
  });

  it('that reached nobody is no success', async (test) => {
    const { sandbox, place, told } = await stage(test);
    sandbox.twilio.callee(ANN, 'busy');
    expect(await place({ result: RESULT })).toBe(1);
    expect(told()).toContain('relay: the call is over: the line is busy');
    expect(told().at(-1)).toMatch(/^Nobody was reached \(callee-busy\)/);
  });

  it('that brings back nothing that fits is no success', async (test) => {
    const mind: Mind = (heard) => ({
      text: heard.text.includes('JSON Schema') ? 'I cannot tell.' : quick(heard).text,
    });
    const { sandbox, place, told } = await stage(test, { mind });
    const ann = sandbox.twilio.callee(ANN);
    const placing = place({ result: RESULT });
    const caller = await ann.answered;
    await caller.hears('Will you come?');
    caller.hangsUp();
    expect(await placing).toBe(1);
    expect(told()).toContain('The agent returned nothing that fits the schema:');
  });

  it('is none where the relay refuses it, and says why', async (test) => {
    const { place, told } = await stage(test);
    expect(await place({ to: '+4930123456', maxMinutes: 0 })).toBe(1);
    expect(told()).toEqual([expect.stringMatching(/^✗ invalid_request \(maxMinutes\): /)]);
  });

  it('is none without the token', async (test) => {
    const { place, told } = await stage(test, { token: 'another' });
    expect(await place()).toBe(1);
    expect(told()[0]).toMatch(/^✗ unauthorized: /);
  });
});
