// What is written to the terminal, line by line.
import { describe, expect, it } from 'vitest';
import { lineOf, plain, toldOf } from '../../../src/cli/call/narration.ts';
import { Reached } from '../../../src/cli/call/reached.ts';
import { refusalLines } from '../../../src/cli/call/refusal-lines.ts';
import { RelayAway, RelayRefusal } from '../../../src/cli/call/relay-api.ts';
import { resultLines } from '../../../src/cli/call/result-lines.ts';

const happened = (type: string, fields: object = {}) => ({ at: 0, type, ...fields });
const line = (type: string, fields: object = {}): string | null => {
  const told = toldOf(happened(type, fields));
  return told === null ? null : `${told.who}: ${told.what}`;
};

describe('a call, told', () => {
  it.for<[string, object, string | null]>([
    ['call-queued', { to: '+15551234567' }, 'relay: a call to +15551234567 waits to be dialled'],
    ['caller-said', { transcript: 'Yes.' }, 'callee: "Yes."'],
    ['caller-said', { transcript: '' }, null],
    ['digits-pressed', { digits: '12#' }, 'callee: presses 12#'],
    ['segment-asked', { turnId: 1, text: 'Hello.' }, 'agent: "Hello."'],
    ['segment-asked', { turnId: null, text: 'One moment.' }, null],
    ['line-spoken', { line: 'filler', text: 'One moment.' }, 'agent: "One moment."'],
    ['machine-detected', { answeredBy: 'machine' }, 'relay: an answering machine'],
    ['machine-detected', { answeredBy: 'unknown' }, null],
    ['turn-finished', { outcome: 'done', said: 'Hello.', heard: 'Hello.' }, null],
    [
      'turn-finished',
      { outcome: 'interrupted', said: 'One. Two.', heard: 'One.' },
      'relay: interrupted; heard up to: "One."',
    ],
    [
      'turn-finished',
      { outcome: 'interrupted', said: 'One.', heard: '' },
      'relay: interrupted before its first word was heard',
    ],
    ['turn-finished', { outcome: 'joined', said: '', heard: '' }, null],
    [
      'turn-finished',
      { outcome: 'joined', said: 'One.', heard: '' },
      'relay: the callee went on before its first word was heard',
    ],
    [
      'turn-finished',
      { outcome: 'failed', said: '', heard: '', failure: 'timeout' },
      'relay: the agent gave no answer (timeout)',
    ],
    ['call-ended', { reason: 'handed-over', durationMs: 10 }, null],
    [
      'call-ended',
      { reason: 'agent-ended', durationMs: 12_340 },
      'relay: the call is over: the agent has said goodbye, after 12.3 s',
    ],
    ['call-ended', { reason: 'callee-busy', durationMs: 0 }, 'relay: the call is over: the line is busy'],
    ['call-ended', { reason: 'of-another-version' }, 'relay: the call is over: of-another-version'],
    ['reply-heard', { turnId: 1 }, null],
  ])('%s %j', ([type, fields, told]) => {
    expect(line(type, fields)).toBe(told);
  });

  it('is aligned', () => {
    expect(lineOf({ who: 'agent', what: '"Hi."' }, 3420)).toBe('  3.42 s  agent   "Hi."');
    expect(lineOf({ who: 'callee', what: '"Hi."' }, -5)).toBe('  0.00 s  callee  "Hi."');
    expect(lineOf({ who: 'relay', what: 'it rings' }, 123_456)).toBe('123.46 s  relay   it rings');
  });

  it('passes no control sequence to the terminal, from any speaker', () => {
    expect(line('caller-said', { transcript: '\u001B[2JYes.\n  9.99 s  relay\u202E' })).toBe(
      'callee: "[2JYes. 9.99 s relay"',
    );
    expect(plain('x'.repeat(2000)).length).toBeLessThan(600);
  });
});

describe('a person was reached', () => {
  const isReached = (...events: ReturnType<typeof happened>[]): boolean => {
    const reached = new Reached();
    for (const event of events) reached.take(event);
    return reached.isPerson;
  };
  const hello = happened('caller-said', { transcript: 'Hello?' });
  const ended = (reason: string) => happened('call-ended', { reason });
  const taken = (answeredBy: string) => happened('machine-detected', { answeredBy });

  it.for<[string, boolean, ReturnType<typeof happened>[]]>([
    ['where they spoke', true, [hello, ended('caller-hung-up')]],
    ['not where nobody spoke', false, [ended('silence')]],
    ['not by a sound', false, [happened('caller-said', { transcript: '' }), ended('silence')]],
    ['where Twilio heard one, whose words are not kept', true, [taken('human'), ended('agent-ended')]],
    ['not by a mailbox', false, [hello, taken('machine'), ended('machine')]],
    ['not by a mailbox that took the message', false, [hello, ended('voicemail-left')]],
    ['not by a call screener', false, [hello, happened('screener-heard'), ended('caller-hung-up')]],
    ['behind a call screener', true, [hello, happened('screener-heard'), hello, ended('agent-ended')]],
  ])('%s', ([, is, events]) => {
    expect(isReached(...events)).toBe(is);
  });
});

describe('what came of a call', () => {
  it('has each value with what it rests on, and marks what nobody said', () => {
    const lines = resultLines({
      status: 'answered',
      value: { isBooked: true, guests: [{ 'a/b': 'Ann' }], number: '4711', day: 'Friday', time: '7' },
      findings: [
        {
          pointer: '/isBooked',
          is: 'supported',
          evidence: [
            { line: 1, who: 'agent', text: 'Is that possible?' },
            { line: 2, who: 'caller', text: 'Yes.' },
          ],
        },
        { pointer: '/guests/0/a~1b', is: 'supported', evidence: [] },
        { pointer: '/number', is: 'unsupported', evidence: [] },
        { pointer: '/day', is: 'retracted', evidence: [] },
        { pointer: '/time', is: 'hedged', evidence: [] },
      ],
    });
    expect(lines).toEqual([
      'Result:',
      '',
      '  ✓ isBooked       true',
      '      [1] agent: "Is that possible?"',
      '      [2] callee: "Yes."',
      '  ✓ guests/0/a~1b  "Ann"',
      '  ✗ number         "4711"   unsupported: nobody said it',
      '  ✗ day            "Friday"   retracted: they took it back',
      '  ✗ time           "7"   hedged: they were not sure',
    ]);
  });

  it('is shown also where it holds no value, where it failed, and where nobody was there', () => {
    expect(resultLines({ status: 'answered', value: {}, findings: [] }).at(-1)).toBe('  {}');
    expect(resultLines({ status: 'failed', problems: ['It breaks #/required.'] })).toContain(
      '  ✗ It breaks #/required.',
    );
    expect(resultLines({ status: 'not-reached', why: 'callee-busy' }).join()).toContain('callee-busy');
  });
});

describe('a refusal', () => {
  it('says what is wrong, field by field, what to do, and when to try again', () => {
    const problems = [
      { code: 'invalid_request', message: 'This must not be empty.', field: 'task.prompt' },
      { code: 'unauthorized', message: 'Send the token.' },
    ];
    expect(refusalLines(new RelayRefusal(422, problems, null))).toEqual([
      '✗ invalid_request (task.prompt): This must not be empty.',
      '✗ unauthorized: Send the token.',
      "  Set OPERATOR_TOKEN to the relay's own, in the environment or in .env.",
    ]);
    const limited = [{ code: 'rate_limited', message: 'Called 5 times.' }];
    expect(refusalLines(new RelayRefusal(429, limited, 1800))?.at(-1)).toBe('  Try again in 30 minutes.');
    expect(refusalLines(new RelayRefusal(503, limited, 10))?.at(-1)).toBe('  Try again in 10 s.');
    expect(refusalLines(new RelayRefusal(429, limited, 80_000))?.at(-1)).toBe('  Try again in 23 hours.');
  });

  it('says how to get a relay where none answers; and is nothing else', () => {
    expect(refusalLines(new RelayAway('No relay answers at http://x (ECONNREFUSED).'))?.join()).toMatch(
      /ECONNREFUSED.*--sandbox/,
    );
    expect(refusalLines(new TypeError('a bug'))).toBeNull();
  });
});
