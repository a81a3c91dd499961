import { describe, expect, it } from 'vitest';
import {
  askedIn,
  bounded,
  type ChatMessage,
  cutOff,
  withNotesAsUser,
  withUserJoined,
} from '../../../src/agent/chat/chat-history.ts';
import { message } from '../far-end.ts';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const agent = (content: string): ChatMessage => ({ role: 'assistant', content });
const note = (content: string): ChatMessage => ({ role: 'system', content });
const toolTurn = (n: number, args = '{}'): ChatMessage[] => [
  user(`u${n}`),
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: `c${n}`, type: 'function', function: { name: 'f', arguments: args } }],
  },
  { role: 'tool', tool_call_id: `c${n}`, content: 'Done.' },
  agent(`a${n}`),
];

describe('what the agent is asked', () => {
  it("is each note by itself, then the caller's words", () => {
    expect(askedIn(message('Hi.', ['[A.]', '[B.]']))).toEqual([note('[A.]'), note('[B.]'), user('Hi.')]);
    expect(askedIn(message('', ['[A.]']))).toEqual([note('[A.]')]);
  });
});

describe('[B4] a reply that was cut off', () => {
  it('keeps what was heard, or nothing', () => {
    expect(cutOff(toolTurn(1).slice(1), 'So far')).toEqual([agent('So far')]);
    expect(cutOff([agent('All')], '')).toEqual([]);
  });
});

describe('for servers that insist', () => {
  it('on alternation, joins consecutive user messages', () => {
    const said = [
      agent('Hi.'),
      user('I would'),
      user('like'),
      user('roses.'),
      agent('Sure.'),
      user('Thanks.'),
    ];
    expect(withUserJoined(said)).toEqual([
      agent('Hi.'),
      user('I would\nlike\nroses.'),
      agent('Sure.'),
      user('Thanks.'),
    ]);
    expect(said).toHaveLength(6);
  });

  it('keeps the place of a note between two messages', () => {
    const said = [user('A'), note('[N.]'), user('B')];
    expect(withUserJoined(said)).toEqual(said);
  });

  it('on no system messages, puts notes before the words as bracketed lines', () => {
    const said = [note('[Begun.]'), agent('Hi.'), note('[N.]'), user('B'), ...toolTurn(1)];
    expect(withUserJoined(withNotesAsUser(said))).toEqual([
      user('[Begun.]'),
      agent('Hi.'),
      user('[N.]\nB\nu1'),
      ...toolTurn(1).slice(1),
    ]);
  });
});

describe('a history that has become too long', () => {
  const isWhole = (messages: readonly ChatMessage[]): boolean =>
    messages.every((one, index) => one.role !== 'tool' || messages[index - 1]?.role === 'assistant');

  it('loses whole turns, the oldest first', () => {
    const all = [
      agent('Hello'),
      ...Array.from({ length: 100 }, (_, n) => [note(`n${n}`), ...toolTurn(n)]).flat(),
    ];
    const kept = bounded(all);
    expect(kept).toHaveLength(200);
    expect(kept[0]).toEqual(note('n60'));
    expect(kept.at(-1)).toEqual(agent('a99'));
    expect(isWhole(kept)).toBe(true);
    expect(bounded([...all, user('Next')])[0]).toEqual(note('n61'));
  });

  it('is measured in characters too, tool calls included', () => {
    const long = 'x'.repeat(60_000);
    expect(bounded([user('A'), agent(long), user('B'), agent(long), user('C'), agent(long)])).toHaveLength(6);
    const kept = bounded([
      user('A'),
      agent(long),
      ...toolTurn(1, long),
      user('C'),
      agent(long),
      user('D'),
      agent(long),
    ]);
    expect(kept[0]).toEqual(user('u1'));
    expect(bounded([...kept, user(long)])[0]).toEqual(user('C'));
  });

  it('keeps the newest turn, however long', () => {
    const long = 'x'.repeat(300_000);
    expect(bounded([user('A'), agent('B'), user(long)])).toEqual([user(long)]);
    expect(bounded([user(long)])).toEqual([user(long)]);
  });

  it('stays whole while it is short enough', () => {
    const all = toolTurn(1);
    expect(bounded(all)).toEqual(all);
    expect(bounded([])).toEqual([]);
  });
});
