import { describe, expect, it } from 'vitest';
import type { Assignment } from '../../src/call/assignment.ts';
import type { TranscriptLine } from '../../src/call/transcript.ts';
import { outboundOpeningNote, screenerNote } from '../../src/bridge/outbound-notes.ts';
import { resultPrompt } from '../../src/outbound/outcome/result-prompt.ts';
import type { ResultSchema } from '../../src/outbound/outcome/schema-bounds.ts';
import { callingAgent } from '../../sandbox/openai/calling-mind.ts';
import type { Remembered } from '../../sandbox/openai/mind.ts';

const opening = (task: Partial<Assignment['task']>): string =>
  outboundOpeningNote(
    {
      id: 'CO1',
      from: '+15550002222',
      to: '+15551230001',
      parameters: {},
      carrier: { sid: 'CA1' },
      outbound: {
        assignment: {
          to: '+15551230001',
          profile: 'default',
          task: { type: 'custom', prompt: 'Ask what a dozen roses cost.', context: {}, ...task },
          voicemail: null,
          result: null,
          callbackUrl: null,
          ringTimeoutS: 30,
          maxMinutes: 10,
          metadata: {},
        },
      },
    },
    'Friday, 20 November 2026, 09:00',
    true,
  );

/** A conversation in which the agent receives the task, and then each of these. */
function conversation(task: Partial<Assignment['task']>) {
  const history: Remembered[] = [{ role: 'user', text: opening(task) }];
  const hear = (text: string, note?: string): string => {
    if (note !== undefined) history.push({ role: 'developer', text: note });
    const reply = callingAgent({ history: [...history], text, sessionId: 's' }).text;
    history.push({ role: 'user', text }, { role: 'assistant', text: reply });
    return reply;
  };
  return hear;
}

describe('the calling agent', () => {
  it('says "ok" to the note alone, and calls nobody without a task', () => {
    const answerBriefly = '[Answer these lines with "ok" only; the caller\'s words come next.]';
    const text = `${opening({})}\n${answerBriefly}`;
    expect(callingAgent({ history: [], text, sessionId: 's' }).text).toBe('ok');
    expect(callingAgent({ history: [], text: 'Hello?', sessionId: 's' }).text).toMatch(/\[\[end\]\]$/);
  });

  it('reminds, with the name of the business, and says goodbye once it knows', () => {
    const hear = conversation({
      type: 'appointment_reminder',
      prompt: 'Remind Ann of her appointment tomorrow at two.',
      context: { business: 'Harbour Dental', rooms: [1, 2] },
    });
    expect(hear('Hello?')).toBe(
      'Hello, this is an AI assistant, calling for Harbour Dental. ' +
        'I am calling to remind Ann of her appointment tomorrow at two. Will you come?',
    );
    expect(hear('Pardon?')).toMatch(/^Hello, this is .* Will you come\?$/);
    expect(hear('Yes.')).toBe('Thank you very much. Goodbye! [[end]]');
  });

  it('begins also where they say nothing', () => {
    const hear = conversation({ type: 'notification', prompt: 'Tell Ann that her order is there.' });
    expect(hear('', '[They have answered and said nothing yet. Begin.]')).toMatch(/Did you get that\?$/);
  });

  it('asks the questions of a survey one by one, and again what was not heard or understood', () => {
    const questions = ['How was it?', 'Would you come again?'];
    const hear = conversation({ type: 'survey', prompt: 'Ask Ann.', context: { questions } });
    expect(hear('Hello?')).toMatch(/Do you have a moment\?$/);
    expect(hear('Yes.')).toBe('Thank you. How was it?');
    expect(hear('Sorry, what?')).toBe('How was it?');
    expect(hear('Good.')).toBe('Thank you. Would you come again?');
    expect(hear('Yes', '[The caller spoke on before they heard anything of your last reply.]')).toBe(
      'Would you come again?',
    );
    expect(hear('Yes.')).toBe('Thank you for your answers. Goodbye! [[end]]');
  });

  it('asks nothing of those who have no moment, and apologises to the wrong person', () => {
    const survey = conversation({
      type: 'survey',
      prompt: 'Ask Ann.',
      context: { questions: ['How was it?'] },
    });
    survey('Hello?');
    expect(survey('No, not now.')).toBe('I understand. Goodbye! [[end]]');
    const wrong = conversation({});
    wrong('Hello?');
    expect(wrong('You have the wrong number.')).toMatch(/^I am sorry.*\[\[end\]\]$/);
  });

  it('tells a call screener who is calling, and begins anew with the person', () => {
    const hear = conversation({ type: 'appointment_reminder', prompt: 'Remind Ann.' });
    const told = hear('Say your name and why you are calling.', screenerNote().text);
    expect(told).toBe('Hello, this is an AI assistant. I am calling to remind Ann.');
    expect(hear('Hello?')).toBe(`${told} Will you come?`);
  });

  it('asks for the number of a booking unless it was said already', () => {
    const [asks, knows, fails] = [1, 2, 3].map(() => {
      const hear = conversation({ prompt: 'Book a table for four.' });
      expect(hear('Hello?')).toMatch(/Is that possible\?$/);
      return hear;
    });
    expect(asks?.('Yes, for four.')).toBe('Thank you. What is the confirmation number?');
    expect(asks?.('47 11.')).toMatch(/\[\[end\]\]$/);
    expect(knows?.('Yes, and your number is 4711.')).toMatch(/\[\[end\]\]$/);
    expect(fails?.('No, we are full.')).toMatch(/\[\[end\]\]$/);
  });
});

// ---- what it brings back ----

const agent = (said: string): TranscriptLine => ({
  at: 0,
  who: 'agent',
  turnId: 1,
  said,
  heard: said,
  outcome: 'done',
});
const person = (said: string): TranscriptLine => ({ at: 0, who: 'caller', by: 'voice', said });

function broughtBack(properties: ResultSchema, transcript: readonly TranscriptLine[]) {
  const text = resultPrompt({ schema: { type: 'object', properties }, wantsSummary: false }, transcript);
  return JSON.parse(callingAgent({ history: [], text, sessionId: 's' }).text);
}

describe('the result of the calling agent', () => {
  const TALK = [
    person('Hello?'),
    agent('I am calling to ask Ann about her age. Do you have a moment?'),
    person('Yes.'),
    agent('Thank you. How satisfied were you?'),
    person('Ten? No: nine of ten.'),
    agent('Would you come again?'),
    person("I don't think so."),
    agent('What is the booking number?'),
    person('It is H D four 7 1.'),
    agent('How may we write to you, by letter or by e-mail?'),
    person('Send me an e mail, please.'),
  ];

  it.for<[string, ResultSchema, unknown, readonly number[] | undefined]>([
    ['a number', { type: 'integer', description: 'Satisfaction' }, 10, [4]],
    ['a no', { type: 'boolean', description: 'Whether they come again' }, false, [5, 6]],
    ['a code', { type: 'string', description: 'The booking number' }, 'HD471', [8]],
    ['a choice', { enum: ['letter', 'e-mail'], description: 'How to write' }, 'e-mail', [10]],
    ['a line', { type: 'string', description: 'satisfied' }, 'Ten? No: nine of ten.', [4]],
    ['nothing, where nobody was asked', { type: 'integer', description: 'shoe size' }, undefined, undefined],
    ['null, where that is allowed', { type: ['integer', 'null'], description: 'shoe size' }, null, undefined],
    ['nothing of a date', { type: 'string', format: 'date', description: 'satisfied' }, undefined, undefined],
  ])('is %s', ([, schema, value, lines]) => {
    const { result, evidence } = broughtBack({ it: schema }, TALK);
    expect(result.it).toEqual(value);
    expect(evidence['/it']).toEqual(lines);
  });

  it('takes no yes to "Do you have a moment?" for one to anything else', () => {
    expect(broughtBack({ isSure: { type: 'boolean' } }, TALK.slice(0, 3)).result).toEqual({});
  });

  it('takes the last yes or no where no question is about it by its words', () => {
    const talk = [agent('Will you come?'), person('Yes. No, wait.'), person('Yes, I will.')];
    expect(broughtBack({ isConfirmed: { type: 'boolean' } }, talk)).toEqual({
      result: { isConfirmed: true },
      evidence: { '/isConfirmed': [0, 2] },
    });
  });

  it('goes into objects and lists, with a pointer to each value', () => {
    const talk = [agent('How was it?'), person('Good.'), agent('What was missing?'), person('A chair.')];
    const { result, evidence } = broughtBack(
      { all: { type: 'object', properties: { 'a/b': { type: 'array', items: { type: 'string' } } } } },
      talk,
    );
    expect(result).toEqual({ all: { 'a/b': ['Good.', 'A chair.'] } });
    expect(evidence).toEqual({ '/all/a~1b/0': [1], '/all/a~1b/1': [3] });
  });
});
