import { expect, it } from 'vitest';
import { profileLines } from '../../../src/pages/browser/health/profile-lines.ts';

const USUAL = { agent: 'agent_dental', greeting: 'Good day, "Dental".' };
const ENTRY = { '+15550003333': USUAL };

it('are a whole file where there is none', () => {
  expect(JSON.parse(profileLines('+15550003333', USUAL, false))).toEqual({ numbers: ENTRY });
});

it('are an entry for the file that is there', () => {
  expect(JSON.parse(`{${profileLines('+15550003333', USUAL, true)}}`)).toEqual(ENTRY);
});
