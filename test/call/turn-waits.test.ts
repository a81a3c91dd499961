import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../src/call/call.ts';
import { type TurnWait, TurnWaits } from '../../src/call/turn-waits.ts';

type Step = readonly [at: number, body: CallEventBody];

function waitsOf(steps: readonly Step[]): TurnWait[] {
  const waits = new TurnWaits();
  return steps.flatMap(([at, body]) => waits.take({ callId: 'CI1', at, ...body }) ?? []);
}

const said = (at: number, silentMs?: number): Step => [
  at,
  {
    type: 'caller-said',
    utteranceId: 'u',
    transcript: 'When?',
    ...(silentMs === undefined ? {} : { silentMs }),
  },
];
const STOPPED: Step = [1250, { type: 'caller-stopped-speaking' }];
const answer = (turnId: number, text = 'When?'): Step[] => [
  [1700, { type: 'turn-started', turnId, text }],
  [2100, { type: 'agent-began-replying', turnId }],
  [2140, { type: 'segment-asked', turnId, text: 'At nine.' }],
  [2390, { type: 'reply-began', turnId }],
  [2450, { type: 'reply-heard', turnId }],
];

describe("[K3] the caller's wait", () => {
  it('counts from their last word until they hear the reply, in parts that sum to it', () => {
    const [wait, ...others] = waitsOf([STOPPED, said(1500, 500), ...answer(1)]);
    expect(others).toEqual([]);
    expect(wait).toEqual({
      turnId: 1,
      saidAt: 1000,
      heardAt: 2450,
      waitMs: 1450,
      parts: { closing: 250, transcript: 250, sure: 200, agent: 400, sentence: 40, voice: 250, line: 60 },
    });
    expect(Object.values(wait?.parts ?? {}).reduce((sum, ms) => sum + ms)).toBe(wait?.waitMs);
  });

  it('begins with the last of several sentences', () => {
    const [wait] = waitsOf([
      [400, { type: 'caller-stopped-speaking' }],
      said(600, 700),
      STOPPED,
      said(1500, 500),
      ...answer(1),
    ]);
    expect(wait?.saidAt).toBe(1000);
  });

  it('begins with the VAD’s word in older records', () => {
    expect(waitsOf([STOPPED, said(1500), ...answer(1)])).toMatchObject([{ saidAt: 1250, waitMs: 1200 }]);
  });

  it('has no negative part when the VAD’s word is of another sound', () => {
    const [wait] = waitsOf([[900, { type: 'caller-stopped-speaking' }], said(1500, 500), ...answer(1)]);
    expect(wait?.parts).toMatchObject({ closing: 0, transcript: 500 });
  });

  it.each<[string, Step[]]>([
    ['that the caller did not ask for', answer(1, '')],
    ['without words of theirs', answer(1)],
    ['whose reply nobody heard', [STOPPED, said(1500, 500), ...answer(1).slice(0, -1)]],
    [
      'that died with its process',
      [
        STOPPED,
        said(1500, 500),
        ...answer(1).slice(0, 2),
        [2000, { type: 'call-taken-up', wasLost: true }],
        ...answer(1).slice(-1),
      ],
    ],
  ])('is not counted for a turn %s', (_, steps) => {
    expect(waitsOf(steps)).toEqual([]);
  });
});
