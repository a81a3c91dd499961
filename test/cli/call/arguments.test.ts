import { describe, expect, it } from 'vitest';
import { readArguments, WrongUse } from '../../../src/cli/call/arguments.ts';

const TO = '+15551234567';

describe('the arguments of npm run call', () => {
  it('are a number, normalised, and a task; and all that may be said besides', () => {
    expect(readArguments(['+1 (555) 123-4567', 'Remind Ann'])).toEqual({
      to: TO,
      prompt: 'Remind Ann',
      type: 'custom',
      contextFile: null,
      resultFile: null,
      voicemail: null,
      profile: null,
      relay: null,
      isSandboxed: false,
      calleeSays: [],
    });
    const all =
      '--type survey --context c.json --result r.json --voicemail Hi --profile night --relay http://localhost:1';
    expect(readArguments([TO, 'Ask', ...all.split(' ')])).toMatchObject({
      type: 'survey',
      contextFile: 'c.json',
      resultFile: 'r.json',
      voicemail: 'Hi',
      profile: 'night',
      relay: 'http://localhost:1',
    });
  });

  it('give the callee all lines behind --callee, up to the next option', () => {
    const given = ['--sandbox', TO, 'Ask', '--callee', 'Hello?', 'Yes.', '--type', 'survey'];
    expect(readArguments(given)).toMatchObject({
      prompt: 'Ask',
      isSandboxed: true,
      calleeSays: ['Hello?', 'Yes.'],
    });
    const first = ['--callee', 'Hello?', 'Yes.', '--sandbox', TO, 'Ask', '--callee', 'Bye.'];
    expect(readArguments(first)).toMatchObject({ to: TO, calleeSays: ['Hello?', 'Yes.', 'Bye.'] });
  });

  it.for([
    [[], /number to call/],
    [[TO], /task in quotes/],
    [[TO, ' '], /what the call is for/],
    [[TO, 'Remind', 'Ann'], /in quotes: "Remind Ann"/],
    [['Ann', 'Remind'], /is no phone number/],
    [['911', 'Help'], /never called/],
    [['+19005551234', 'Talk'], /premium/],
    [[TO, 'Ask', '--type', 'spam'], /--type must be one of appointment_reminder, survey/],
    [[TO, 'Ask', '--results', 'r.json'], /--results/],
    [[TO, 'Ask', '--callee', 'Hello?'], /needs --sandbox/],
    [[TO, 'Ask', '--sandbox', '--relay', 'http://localhost:1'], /leave out --relay/],
  ] as const)('are refused: %j', ([args, why]) => {
    expect(() => readArguments(args)).toThrow(WrongUse);
    expect(() => readArguments(args)).toThrow(why);
  });
});
