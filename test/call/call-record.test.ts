import { expect, it } from 'vitest';
import type { Assignment } from '../../src/call/assignment.ts';
import { changeByAssignment, changeByEvent, changeBySettling, joined } from '../../src/call/call-record.ts';
import { transcriptOf } from '../../src/call/transcript.ts';
import {
  assignmentWithoutWords,
  resultWithoutWords,
  resumeWithoutWords,
  withoutWords,
} from '../../src/call/redaction.ts';
import type { CallEvent, CallEventBody } from '../../src/call/call.ts';

function events(...bodies: CallEventBody[]): CallEvent[] {
  return bodies.map((body, index) => ({ callId: 'CA1', at: index, ...body }));
}

it('a transcript holds what was said and heard, each line where it began to be heard', () => {
  const lines = transcriptOf(
    events(
      { type: 'line-spoken', line: 'greeting', text: 'Hello.' },
      { type: 'caller-said', utteranceId: 'u1', transcript: 'Are you open?' },
      { type: 'caller-said', utteranceId: 'u2', transcript: '' },
      { type: 'turn-started', turnId: 1, text: 'Are you open?' },
      { type: 'segment-asked', turnId: 1, text: 'We open at nine.' },
      { type: 'segment-asked', turnId: null, text: 'One moment.' },
      { type: 'reply-began', turnId: 1 },
      { type: 'caller-said', utteranceId: 'u3', transcript: 'And when do you close?' },
      {
        type: 'turn-finished',
        turnId: 1,
        outcome: 'interrupted',
        said: 'We open at nine. We close at five.',
        heard: 'We open at',
        failure: null,
      },
      { type: 'digits-pressed', digits: '42' },
      { type: 'turn-finished', turnId: 2, outcome: 'failed', said: '', heard: '', failure: 'timeout: x' },
    ),
  );
  expect(lines).toEqual([
    { at: 0, who: 'relay', line: 'greeting', said: 'Hello.' },
    { at: 1, who: 'caller', by: 'voice', said: 'Are you open?' },
    {
      at: 6,
      who: 'agent',
      turnId: 1,
      said: 'We open at nine. We close at five.',
      heard: 'We open at',
      outcome: 'interrupted',
    },
    { at: 7, who: 'caller', by: 'voice', said: 'And when do you close?' },
    { at: 9, who: 'caller', by: 'keys', said: '42' },
  ]);
});

it('[R3] a transcript keeps a reply during which the process died, with `heard` unknown', () => {
  const lines = transcriptOf(
    events(
      { type: 'segment-asked', turnId: 1, text: 'We open at nine.' },
      { type: 'segment-asked', turnId: 1, text: 'We close at five.' },
      { type: 'call-started', from: '', to: '', sid: null },
      // The process that takes the call counts its turns from one again.
      { type: 'turn-started', turnId: 1, text: 'hello?' },
      { type: 'segment-asked', turnId: 1, text: 'Sorry.' },
      { type: 'turn-finished', turnId: 1, outcome: 'done', said: 'Sorry.', heard: 'Sorry.', failure: null },
    ),
  );
  expect(lines).toEqual([
    {
      at: 0,
      who: 'agent',
      turnId: 1,
      said: 'We open at nine. We close at five.',
      heard: null,
      outcome: null,
    },
    { at: 4, who: 'agent', turnId: 1, said: 'Sorry.', heard: 'Sorry.', outcome: 'done' },
  ]);
});

it('[K1] redaction leaves nothing of what the agent was told', () => {
  const [told, all] = events(
    { type: 'agent-told', turnId: 1, text: 'My cat.', notes: ['[4711]'], heardOfLast: 'We open' },
    { type: 'agent-told', turnId: 2, text: 'A dog.', notes: [], heardOfLast: null },
  ).map(withoutWords);
  expect(told).toEqual({
    callId: 'CA1',
    at: 0,
    type: 'agent-told',
    turnId: 1,
    text: '',
    notes: [],
    heardOfLast: '',
  });
  expect(all).toMatchObject({ heardOfLast: null });
});

it('redaction keeps an event’s kind, times and numbers', () => {
  const [started, finished] = events(
    { type: 'call-started', from: '+1555', to: '+1556', sid: null },
    { type: 'turn-finished', turnId: 1, outcome: 'done', said: 'a', heard: 'b', failure: 'timeout' },
  ).map(withoutWords);
  expect(started).toEqual({
    callId: 'CA1',
    at: 0,
    type: 'call-started',
    from: '+1555',
    to: '+1556',
    sid: null,
  });
  expect(finished).toEqual({
    callId: 'CA1',
    at: 1,
    type: 'turn-finished',
    turnId: 1,
    outcome: 'done',
    said: '',
    heard: '',
    failure: 'timeout',
  });
});

it('redaction keeps a transfer, without its summary', () => {
  const resume = {
    profile: 'p',
    parameters: {},
    agent: { kind: 'k', reference: 'conv_1', history: ['hello'] },
    speaking: { text: 'a', heard: '' },
    order: { type: 'transfer', to: '+1555', summary: 'wants money back' },
    unanswered: { text: 'hello', notes: [], audio: ['//8='] },
    isWhole: true,
  } as const;
  expect(resumeWithoutWords(resume)).toEqual({
    ...resume,
    agent: { kind: 'k', reference: 'conv_1', history: null },
    speaking: null,
    unanswered: null,
    order: { type: 'transfer', to: '+1555', summary: '' },
  });
  expect(resumeWithoutWords({ ...resume, order: { type: 'send-digits', digits: '42' } }).order).toEqual({
    type: 'connect',
  });
  expect(resumeWithoutWords({ ...resume, agent: null, order: null })).toMatchObject({
    agent: null,
    order: null,
  });
});

const ASSIGNMENT: Assignment = {
  to: '+1555',
  profile: 'p',
  task: { type: 'survey', prompt: 'ask', context: { a: 1 } },
  voicemail: 'hello',
  result: { type: 'object' },
  callbackUrl: 'https://shop.example',
  ringTimeoutS: 25,
  maxMinutes: 5,
  metadata: { order: '7' },
};

it('a transcript shows an operator’s words as the relay’s', () => {
  expect(transcriptOf(events({ type: 'operator-said', text: 'One moment.' }))).toEqual([
    { at: 0, who: 'relay', line: 'operator', said: 'One moment.' },
  ]);
});

it('redaction keeps an assignment’s kind, and whether it had a message and a result', () => {
  expect(assignmentWithoutWords(ASSIGNMENT)).toEqual({
    ...ASSIGNMENT,
    task: { type: 'survey', prompt: '', context: {} },
    voicemail: '',
    result: {},
  });
  const bare = { ...ASSIGNMENT, voicemail: null, result: null };
  expect(assignmentWithoutWords(bare)).toMatchObject({ voicemail: null, result: null });
});

it('redaction keeps whether a result was answered, and why not', () => {
  const findings = [{ pointer: '/a', evidence: [], isSupported: true }];
  expect(resultWithoutWords({ is: 'answered', value: { a: 'x' }, findings })).toEqual({
    is: 'answered',
    value: null,
    findings: [],
  });
  const notReached = { is: 'not-reached', why: 'callee-busy' } as const;
  expect(resultWithoutWords(notReached)).toEqual(notReached);
  expect(resultWithoutWords(null)).toBeNull();
});

it('the record of an outbound call follows its events in any order', () => {
  const changes = events(
    { type: 'call-queued', from: '+1', to: '+2', profile: 'p' },
    { type: 'call-dialled' },
    { type: 'call-answered' },
    { type: 'call-placed', sid: 'CA9' },
    { type: 'call-rang' },
    { type: 'machine-detected', answeredBy: 'machine' },
  ).map(changeByEvent);
  const whole = [
    changeByAssignment('CA1', 0, ASSIGNMENT),
    ...changes,
    { ...changeBySettling('CA1', 9, null), areWordsGone: true } as const,
    changeByEvent({ callId: 'CA1', at: 10, type: 'call-rang' }),
  ].reduce(joined);
  expect(whole).toEqual({
    callId: 'CA1',
    firstAt: 0,
    lastAt: 10,
    from: '+1',
    to: '+2',
    direction: 'outbound',
    profile: 'p',
    sid: 'CA9',
    stage: 'in-progress',
    answeredBy: 'machine',
    assignment: ASSIGNMENT,
    isSettled: true,
    areWordsGone: true,
    state: { is: 'live' },
  });
});
