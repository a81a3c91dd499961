// What whole calls out bring back, from POST /calls to the result and its signed callbacks: the examples of README, with the
// sandbox's calling agent.
import { describe, expect, it } from 'vitest';
import { verifyCallback } from '../../src/outbound/callbacks/callback-signature.ts';
import type { Mind } from '../../sandbox/openai/mind.ts';
import { ANN, annSays, calling, MAY_CALL_OUT, quickCaller, REMINDER } from '../support/calling-out.ts';
import { aReceiver } from '../support/callback-receiver.ts';

const BOOKING = {
  to: ANN,
  task: { type: 'custom', prompt: 'Book a table for four.' },
  result: {
    type: 'object',
    properties: {
      isBooked: { type: 'boolean' },
      confirmationNumber: { type: 'string', description: 'As they say it' },
    },
    required: ['isBooked'],
    additionalProperties: false,
  },
};

describe.concurrent('[C7] an outbound call brings back', () => {
  it('of a reservation its confirmation number, and who said it', async (test) => {
    const stage = await calling(test);
    const talk = annSays(stage, {
      'Is that possible?': 'Yes, with pleasure.',
      'What is the confirmation number?': 'It is 4 7 1 1.',
    });
    const id = await stage.place(BOOKING);
    await talk();
    const { result, transcript } = await stage.settled(id);
    expect(transcript[4]).toMatchObject({ who: 'caller', said: 'It is 4 7 1 1.' });
    expect(result).toMatchObject({
      status: 'answered',
      value: { isBooked: true, confirmationNumber: '4711' },
      findings: [
        { pointer: '/isBooked', is: 'supported', evidence: [{ who: 'agent' }, { line: 2, who: 'caller' }] },
        {
          pointer: '/confirmationNumber',
          is: 'supported',
          evidence: [{ line: 4, who: 'caller', text: 'It is 4 7 1 1.' }],
        },
      ],
    });
  });

  it('of a reservation without a number none; and one that the agent makes up is marked', async (test) => {
    const inventive: Mind = (heard) => {
      const { text: words } = quickCaller(heard);
      if (!words.startsWith('{"result"')) return { text: words };
      return {
        text: '{"result": {"isBooked": true, "confirmationNumber": "4711"}, "evidence": {"/isBooked": [1, 2], "/confirmationNumber": [4]}}',
      };
    };
    const lines = {
      'Is that possible?': 'Yes, with pleasure.',
      'What is the confirmation number?': 'We have none. Just come.',
    };
    const [honest, made] = await Promise.all(
      [quickCaller, inventive].map(async (mind) => {
        const stage = await calling(test, mind);
        const talk = annSays(stage, lines);
        const id = await stage.place(BOOKING);
        await talk();
        return (await stage.settled(id)).result;
      }),
    );
    expect(honest).toMatchObject({ status: 'answered', value: { isBooked: true } });
    expect(honest?.value).not.toHaveProperty('confirmationNumber');
    expect(made).toMatchObject({
      status: 'answered',
      findings: [
        { pointer: '/isBooked', is: 'supported' },
        { pointer: '/confirmationNumber', is: 'unsupported' },
      ],
    });
  });

  it('of a survey its answers, and the receiver of its callbacks the same, signed', async (test) => {
    const stage = await calling(test);
    const receiver = await aReceiver(test);
    const talk = annSays(stage, {
      'Do you have a moment?': 'Yes, go on.',
      'from one to ten?': 'Nine, I would say.',
      'Would you recommend us?': 'No, I am sorry.',
      'How did you hear of us?': 'From a friend of mine.',
    });
    const id = await stage.place({
      to: ANN,
      task: {
        type: 'survey',
        prompt: 'Ask Ann how she liked her flowers.',
        context: {
          business: 'Bloom and Stem',
          questions: [
            'How satisfied were you, from one to ten?',
            'Would you recommend us?',
            'How did you hear of us?',
          ],
        },
      },
      result: {
        type: 'object',
        properties: {
          satisfaction: { type: 'integer', minimum: 1, maximum: 10 },
          wouldRecommend: { type: 'boolean' },
          heardOfUs: { enum: ['newspaper', 'friend', 'internet'] },
          age: { type: ['integer', 'null'] },
        },
        required: ['satisfaction', 'wouldRecommend', 'heardOfUs', 'age'],
      },
      callbackUrl: receiver.url,
      metadata: { order: '17' },
    });
    await talk();
    const { result } = await stage.settled(id);
    expect(result.value).toEqual({ satisfaction: 9, wouldRecommend: false, heardOfUs: 'friend', age: null });
    expect(result.findings.filter((one: { is: string }) => one.is === 'unsupported')).toEqual([]);

    await receiver.hasResult;
    const nowS = Date.now() / 1000;
    for (const { headers, body } of receiver.received) {
      const signature = String(headers['patchcord-signature']);
      expect(verifyCallback(MAY_CALL_OUT.CALLBACK_SECRET, signature, body, nowS)).toBe(true);
      expect(verifyCallback('another secret', signature, body, nowS)).toBe(false);
      expect(verifyCallback(MAY_CALL_OUT.CALLBACK_SECRET, signature, `${body} `, nowS)).toBe(false);
    }
    const told = receiver.received.map(({ body }) => JSON.parse(body));
    // She is quick: Twilio may say that it rings after she has picked up.
    expect(told.map(({ type }) => type).filter((type) => type !== 'call.ringing')).toEqual([
      'call.queued',
      'call.dialled',
      'call.answered',
      'call.machine-detected',
      'call.ended',
      'call.result',
    ]);
    expect(told.at(-1)).toMatchObject({
      call: { id, to: ANN, metadata: { order: '17' } },
      result: { status: 'answered', value: result.value },
    });
  });

  it('of a reminder whether it was confirmed', async (test) => {
    const result = {
      type: 'object',
      properties: { isConfirmed: { type: 'boolean', description: 'Whether they will come' } },
      required: ['isConfirmed'],
    };
    const [yes, no] = await Promise.all(
      ['Yes, I will be there.', 'No, I cannot come.'].map(async (says) => {
        const stage = await calling(test);
        const talk = annSays(stage, { 'Will you come?': says });
        const id = await stage.place({ ...REMINDER, result });
        await talk();
        return (await stage.settled(id)).result;
      }),
    );
    const findings = [{ pointer: '/isConfirmed', is: 'supported' }];
    expect(yes).toMatchObject({ status: 'answered', value: { isConfirmed: true }, findings });
    expect(no).toMatchObject({ status: 'answered', value: { isConfirmed: false }, findings });
  });

  it.for([
    ['busy', 'callee-busy'],
    ['machine', 'machine'],
  ] as const)('of a line that is %s that nobody was reached, and asks no agent', async ([is, why], test) => {
    const asked: string[] = [];
    const stage = await calling(test, (heard) => {
      asked.push(heard.text);
      return quickCaller(heard);
    });
    stage.sandbox.twilio.callee(ANN, is);
    const id = await stage.place(BOOKING);
    expect((await stage.settled(id)).result).toEqual({ status: 'not-reached', why });
    expect(asked.filter((one) => one.includes('JSON Schema'))).toEqual([]);
  });
});
