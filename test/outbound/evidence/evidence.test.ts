import { describe, expect, it } from 'vitest';
import { isYes } from '../../../src/outbound/evidence/confirming.ts';
import { evidenceIn, leavesOf } from '../../../src/outbound/evidence/evidence.ts';
import { tokensOf } from '../../../src/outbound/evidence/spoken-tokens.ts';
import { talk } from '../outcome/some-talk.ts';

function finding(
  lines: readonly string[],
  value: string | number | boolean,
  named: readonly number[] = [],
  isChoice = false,
) {
  const { evidence, isSupported } = evidenceIn(talk(...lines)).findingFor(
    { pointer: '/a', value },
    named,
    isChoice,
  );
  return { isSupported, lines: evidence.map(({ line }) => line) };
}

const RESERVATION = [
  'relay: Hello, this is an assistant of Ann Lee.',
  'caller: Luigi here, good evening.',
  'agent: A table for four tomorrow at half past seven?',
  'caller: Seven thirty works. Your number is four seven,',
  'agent: Mhm.',
  'caller: one one.',
  'agent: So that is 4711?',
  'caller: Yes, correct.',
  'agent: Under the code B99, then. Goodbye.',
];

describe('evidence', () => {
  it('is the lines that the agent cites, if they hold the value', () => {
    expect(finding(RESERVATION, '19:30', [2, 3])).toEqual({ isSupported: true, lines: [2, 3] });
    expect(finding(RESERVATION, 'Luigi', [1])).toEqual({ isSupported: true, lines: [1] });
  });

  it('is searched for if the agent cites no line, or a wrong one', () => {
    expect(finding(RESERVATION, '19:30')).toEqual({ isSupported: true, lines: [3] });
    expect(finding(RESERVATION, 'Luigi', [3, 5])).toEqual({ isSupported: true, lines: [1] });
  });

  it('covers a number dictated over two lines', () => {
    expect(finding(RESERVATION.slice(0, 6), '4711')).toEqual({ isSupported: true, lines: [3, 5] });
    expect(finding(RESERVATION.slice(0, 6), '4711', [3, 5])).toEqual({ isSupported: true, lines: [3, 5] });
    expect(finding(['caller: It is B seven', 'caller: and then four nine'], 'B749').isSupported).toBe(true);
  });

  it('does not join two lines into a short number that nobody said', () => {
    expect(finding(['caller: We are 4', 'caller: 7 pm would be nice'], 47).isSupported).toBe(false);
    expect(finding(['caller: There are four', 'caller: 7'], '47').isSupported).toBe(false);
    expect(finding(['caller: 4 7', 'caller: I have two 11s'], '4711').isSupported).toBe(false);
  });

  it('does not join lines far apart: a number is dictated without talk in between', () => {
    const apart = ['caller: 47', 'agent: One', 'agent: moment', 'agent: please', 'caller: 11'];
    expect(finding(apart, '4711').isSupported).toBe(false);
  });

  it('marks a number that nobody said as unsupported, and keeps the cited lines', () => {
    expect(finding(RESERVATION, '8812', [3])).toEqual({ isSupported: false, lines: [3] });
    expect(finding(RESERVATION, '8812')).toEqual({ isSupported: false, lines: [] });
  });

  it('excludes what only the agent said, even if the agent cites it', () => {
    expect(finding(RESERVATION, 'B99')).toEqual({ isSupported: false, lines: [] });
    expect(finding(RESERVATION, 'B99', [8])).toEqual({ isSupported: false, lines: [8] });
    expect(finding(['agent: It is at nine, I guess.', 'caller: I have no idea.'], '09:00').isSupported).toBe(
      false,
    );
  });

  it('includes what the agent said and the callee confirmed', () => {
    const lines = ['agent: Your number is 4711, right?', 'caller: Yes, it is.'];
    expect(finding(lines, '4711')).toEqual({ isSupported: true, lines: [0, 1] });
    expect(finding(lines, '4711', [0])).toEqual({ isSupported: true, lines: [0] });
    expect(finding(lines, '4711', [1])).toEqual({ isSupported: true, lines: [0, 1] });
    expect(finding(['relay: Hello, is this Ann Lee?', 'caller: Yeah.'], 'Ann Lee').isSupported).toBe(true);
  });

  it('excludes what the callee corrected, answered later, or answered by a key', () => {
    for (const answer of [
      'caller: No, 4712.',
      'caller: Yes, but it is 4712.',
      'caller: That is not right.',
      'caller: What?',
      'keys: 1',
    ])
      expect(finding(['agent: Your number is 4711, right?', answer], '4711').isSupported, answer).toBe(false);
    const later = ['agent: Your number is 4711.', 'agent: Is anybody there?', 'caller: Yes.'];
    expect(finding(later, '4711').isSupported).toBe(false);
  });

  it('excludes what the callee did not hear before saying yes', () => {
    expect(finding(['agent: Is that right,| number 4711?', 'caller: Yes!'], '4711').isSupported).toBe(false);
    expect(finding(['agent: Number 4711|, is that right?', 'caller: Yes!'], '4711').isSupported).toBe(true);
  });

  it('includes pressed keys', () => {
    expect(finding(['agent: From one to five?', 'keys: 4'], 4)).toEqual({ isSupported: true, lines: [1] });
    expect(finding(['agent: From one to five?', 'keys: 4'], 5).isSupported).toBe(false);
  });

  it('supports a boolean by any answer that the agent cites', () => {
    const lines = ['agent: Will you come?', 'caller: Looking forward to it.'];
    expect(finding(lines, true, [0, 1])).toEqual({ isSupported: true, lines: [0, 1] });
    expect(finding(lines, true, [0])).toEqual({ isSupported: false, lines: [0] });
    expect(finding(lines, false)).toEqual({ isSupported: false, lines: [] });
    expect(finding(lines, true, [7, -1])).toEqual({ isSupported: false, lines: [] });
  });

  it('supports a choice by any answer that the agent cites', () => {
    const lines = ['agent: How was it?', 'caller: Never again.'];
    expect(finding(lines, 'unhappy', [1], true).isSupported).toBe(true);
    expect(finding(lines, 'unhappy', [1], false).isSupported).toBe(false);
    expect(finding(lines, 'again', [], true).isSupported).toBe(false);
  });

  it('supports a sentence by a few lines, a name only by one', () => {
    const lines = [
      'caller: The delivery came late.',
      'agent: I see.',
      'caller: And the box had some damage.',
      'caller: Bye.',
    ];
    expect(finding(lines, 'The delivery was late and the box was damaged')).toEqual({
      isSupported: true,
      lines: [0, 2],
    });
    const names = ['caller: I am Ann.', 'agent: 1', 'agent: 2', 'agent: 3', 'caller: Mister Lee is out.'];
    expect(finding(names, 'Ann Lee').isSupported).toBe(false);
    expect(finding(names, 'Ann Lee', [0, 4]).isSupported).toBe(true);
  });

  it('supports a moment that was said in parts', () => {
    const lines = ['caller: Tomorrow.', 'agent: At what time?', 'caller: Half past two.'];
    expect(finding(lines, '2026-12-02T14:30')).toEqual({ isSupported: true, lines: [0, 2] });
    expect(finding(lines, '2026-12-09T14:30').isSupported).toBe(false);
  });

  it('is bounded in lines and in words', () => {
    const [first] = evidenceIn(
      talk(...Array.from({ length: 20 }, () => `caller: ${'7 '.repeat(400)}`)),
    ).findingFor(
      { pointer: '', value: true },
      Array.from({ length: 20 }, (_, line) => line),
      true,
    ).evidence;
    expect(first?.text).toHaveLength(300);
    expect(finding(Array(20).fill('caller: yes'), true, [...Array(20).keys()]).lines).toHaveLength(6);
  });

  it('takes less than 5 s of CPU for a call of 1,500 lines', () => {
    const lines = Array.from(
      { length: 1500 },
      (_, at) => `${at % 2 === 0 ? 'caller' : 'agent'}: four seven ${at}, yes`,
    );
    const before = process.cpuUsage();
    const evidence = evidenceIn(talk(...lines));
    for (const value of ['B7 4711 x', 'no such sentence was ever spoken by them', '2030-01-01T10:00'])
      expect(evidence.findingFor({ pointer: '', value }, [], false).isSupported).toBe(false);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
  });
});

describe('leaves', () => {
  it('are all values by their pointers, except empty ones', () => {
    expect(
      leavesOf({ a: { 'b/c~d': [1, { e: 'x' }] }, n: null, s: '', l: [], o: {}, t: false, z: 0 }),
    ).toEqual([
      { pointer: '/a/b~1c~0d/0', value: 1 },
      { pointer: '/a/b~1c~0d/1/e', value: 'x' },
      { pointer: '/t', value: false },
      { pointer: '/z', value: 0 },
    ]);
    expect(leavesOf(Array(1000).fill(1))).toHaveLength(200);
  });
});

describe('a yes', () => {
  it.each([
    'Yes.',
    'Yeah, that’s it',
    'That is correct',
    'Uh-huh.',
    'Mm-hmm',
    'OK',
    'Oh yes',
    'Genau.',
    'Ja, stimmt',
  ])('%s', (said) => expect(isYes(tokensOf(said))).toBe(true));
  it.each([
    'No.',
    'Yes, but at three',
    'not correct',
    'I said it once and it is right',
    'Hello?',
    'Yesterday',
    'Ja, aber',
    '',
  ])('is not: %s', (said) => expect(isYes(tokensOf(said))).toBe(false));
});
