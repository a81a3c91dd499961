import { expect, it } from 'vitest';
import { repeating } from '../../sandbox/fuzz/live-call.ts';

it("a fuzz's live call hears a sentence repeated though a stall cut it in two, and not if a part of it was lost", () => {
  const answerTo = (text: string): string => repeating({ text, history: [], sessionId: 's' }).text;
  expect(answerTo('Secret 29.')).toBe('You said: Secret 29.');
  expect(answerTo('Secre t 2 9.')).toBe('You said: Secret 29.');
  expect(answerTo('Secret 29')).toBe('You said: Secret 29.');
  expect(answerTo('ret 29.')).toBe('Pardon?');
});
