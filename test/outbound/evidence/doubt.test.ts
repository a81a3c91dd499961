// How evidence reads people who are unsure or change their minds. The dialogues and their table: figures.ts.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evidenceIn } from '../../../src/outbound/evidence/evidence.ts';
import { talk } from '../outcome/some-talk.ts';
import { figuresOf, HELD_OUT, SEEN, table } from './figures.ts';

function standing(lines: readonly string[], value: string | number | boolean, cites: readonly number[] = []) {
  const { isSupported, doubt, evidence } = evidenceIn(talk(...lines)).findingFor(
    { pointer: '/a', value },
    cites,
    false,
  );
  return {
    is: isSupported ? 'supported' : (doubt ?? 'unsupported'),
    lines: evidence.map(({ line }) => line),
  };
}

describe('[C10] a value that the callee did not stand by', () => {
  it('is read as a person reads it in most of 120 dialogues, and certain ones are seldom doubted', () => {
    expect(SEEN.length + HELD_OUT.length).toBeGreaterThanOrEqual(120);
    expect(HELD_OUT.length * 3).toBeGreaterThanOrEqual(SEEN.length + HELD_OUT.length);
    expect(figuresOf(SEEN).right).toBeGreaterThanOrEqual(71);
    expect(figuresOf(HELD_OUT)).toMatchObject({ right: 36, falseAlarms: 0 });
  });

  it('is counted in docs/outbound.md as the command prints it', () => {
    expect(readFileSync('docs/outbound.md', 'utf8')).toContain(`\n${table().join('\n')}\n`);
  });

  it('keeps its evidence', () => {
    const lines = ['agent: When?', 'caller: On Tuesday. No, Thursday instead.'];
    expect(standing(lines, '2026-12-08')).toEqual({ is: 'retracted', lines: [1] });
  });

  it('counts by the latest mention: who comes back to it stands by it', () => {
    const lines = ['caller: Friday. No, Saturday.', 'agent: Saturday.', 'caller: Oh, Friday after all.'];
    expect(standing(lines, '2026-12-04').is).toBe('supported');
    expect(standing(lines, '2026-12-05').is).toBe('retracted');
  });

  it('was not said if it was only denied', () => {
    expect(standing(['agent: Tuesday?', 'caller: Not Tuesday, please.'], '2026-12-08').is).toBe(
      'unsupported',
    );
  });

  it('counts as hedged if an answer says half yes, and becomes firm with a whole one', () => {
    const half = ['agent: So Wednesday at ten?', 'caller: I think so.'];
    expect(standing(half, '2026-12-02')).toEqual({ is: 'hedged', lines: [0, 1] });
    const whole = [...half, 'agent: Can you confirm that?', 'caller: Yes, it is confirmed.'];
    expect(standing(whole, '2026-12-02').is).toBe('supported');
  });
});
