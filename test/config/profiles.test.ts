import { describe, expect, it } from 'vitest';
import { fixedLineTexts } from '../../src/call/fixed-lines.ts';
import { isOpen } from '../../src/call/hours.ts';
import { ConfigError } from '../../src/config/environment.ts';
import { loadProfiles, soundKey, type ProfileDefaults } from '../../src/config/profiles.ts';
import { voiceLimits } from '../../src/speech/voice-limits.ts';

const DEFAULTS: ProfileDefaults = {
  agentId: 'agent_flowers',
  agentInstructionsFile: 'flowers.txt',
  realtimeVoice: 'marin',
  timeZone: '',
  language: 'en',
  greeting: 'Flowers, hello.',
  transferNumber: '+15550000000',
  notesOff: [],
};
const NOBODY: ProfileDefaults = { ...DEFAULTS, transferNumber: '' };
const NUMBER = '+15551234567';
const ALWAYS = { timeZone: 'UTC', hours: { 'mon-sun': '00:00-24:00' } };

function load(file: object | string | null, defaults = DEFAULTS) {
  const text = typeof file === 'object' && file !== null ? JSON.stringify(file) : file;
  return loadProfiles(text, defaults, {
    voices: voiceLimits,
    problemWithAgentId: (id) => (id.startsWith('wf_') ? 'is a workflow. Export it.' : null),
    problemWithResult: (schema) => (typeof schema === 'object' ? null : 'is no schema.'),
    problemWithCallback: (url) => (String(url).startsWith('https:') ? null : 'must be https.'),
  });
}

function only(entry: object, defaults = DEFAULTS) {
  return load({ numbers: { [NUMBER]: entry } }, defaults).of(NUMBER);
}

function problemsOf(file: object | string, defaults = DEFAULTS): readonly string[] {
  try {
    load(file, defaults);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('which profile answers', () => {
  it('without a file every number is answered from the environment', () => {
    const profiles = load(null);
    expect(profiles.all).toEqual([profiles.default]);
    expect(profiles.of(NUMBER)).toBe(profiles.default);
    expect(profiles.default).toMatchObject({
      name: 'default',
      agentId: 'agent_flowers',
      instructionsFile: 'flowers.txt',
      voice: 'marin',
      speed: 1,
      tone: '',
      greeting: 'Flowers, hello.',
      language: 'en',
      hints: [],
      hours: null,
      outside: { action: 'hang-up' },
      transfers: { usual: '+15550000000', allowed: ['+15550000000'] },
    });
  });

  it('one process answers for several businesses, and others as the environment says', () => {
    const profiles = load({
      numbers: { [NUMBER]: { agent: 'agent_dentist' }, '+4930123456': { agent: 'agent_bar' } },
    });
    expect(profiles.all.map(({ name }) => name)).toEqual(['default', NUMBER, '+4930123456']);
    expect(profiles.of(NUMBER).agentId).toBe('agent_dentist');
    expect(profiles.of('+4930123456').agentId).toBe('agent_bar');
    expect(profiles.of('+15559999999').agentId).toBe('agent_flowers');
    expect(profiles.of('anonymous')).toBe(profiles.default);
    expect([...profiles.byNumber.keys()]).toEqual([NUMBER, '+4930123456']);
  });

  it('a number is found however it was written', () => {
    expect(load({ numbers: { '+1 (555) 123-45.67': {} } }).of(NUMBER).name).toBe(NUMBER);
  });

  it('what a number leaves out is the environment’s, and what it empties is empty', () => {
    expect(only({})).toEqual({ ...load(null).default, name: NUMBER });
    expect(only({ greeting: '', language: '' })).toMatchObject({ greeting: '', language: '' });
  });

  it('nothing of a profile can be changed later', () => {
    const profile = only({ hints: ['Weiss'], ...ALWAYS, closedOn: ['12-25'] });
    const parts = [profile, profile.hints, profile.lines, profile.transfers, profile.transfers.allowed];
    const deeper = [profile.outside, profile.hours, profile.hours?.open, profile.hours?.open[0]];
    expect([...parts, ...deeper, profile.hours?.closedOn].map(Object.isFrozen)).not.toContain(false);
    expect(Object.isFrozen(load(null).default)).toBe(true);
  });
});

describe('a persona', () => {
  const personas = {
    calm: { voice: 'cedar', speed: 0.95, tone: ' calm and unhurried ' },
    brisk: { speed: 1.5, tone: 'brisk' },
  };
  const sound = (entry: object) => load({ personas, numbers: { [NUMBER]: entry } }).of(NUMBER);

  it('is switched by its name', () => {
    expect(sound({ persona: 'calm' })).toMatchObject({
      voice: 'cedar',
      speed: 0.95,
      tone: 'calm and unhurried',
    });
    expect(sound({ persona: 'brisk' })).toMatchObject({ voice: 'marin', speed: 1.5, tone: 'brisk' });
  });

  it('yields to what the number says itself', () => {
    expect(sound({ persona: 'calm', voice: 'ash', speed: 0.25, tone: '' })).toMatchObject({
      voice: 'ash',
      speed: 0.25,
      tone: '',
    });
  });

  it('may have a voice of the account’s own', () => {
    expect(sound({ voice: 'voice_6543-ab' }).voice).toBe('voice_6543-ab');
  });

  it('that sounds like another shares its sounds, whatever else differs', () => {
    const keys = [
      sound({ persona: 'calm' }),
      sound({ persona: 'calm', greeting: 'Hi.', language: 'de' }),
      sound({ persona: 'calm', voice: 'ash' }),
      sound({ persona: 'calm', speed: 1 }),
      sound({ persona: 'calm', tone: 'glad' }),
    ].map(soundKey);
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(4);
  });
});

describe('hours', () => {
  it('are those of the business, by day', () => {
    const { hours, timeZone } = only({
      timeZone: 'Europe/Berlin',
      hours: { 'mon-thu': '08:00-16:00', fri: ['08:00-12:00', '22:00-02:00'] },
      closedOn: ['12-24'],
    });
    expect(timeZone).toBe('Europe/Berlin');
    const isOpenAt = (at: string) => hours !== null && isOpen(hours, Date.parse(at));
    // Thursday 08:30, Friday 12:30 and 23:00, Saturday 01:00 and 08:30, Thursday 24 December 08:30, in Berlin.
    expect(
      ['2026-11-19T07:30Z', '2026-11-20T11:30Z', '2026-11-20T22:00Z', '2026-11-21T00:00Z'].map(isOpenAt),
    ).toEqual([true, false, true, true]);
    expect(['2026-11-21T07:30Z', '2026-12-24T07:30Z'].map(isOpenAt)).toEqual([false, false]);
  });

  it('outside them the caller hears that it is closed, in the default words or the profile’s own', () => {
    const usual = only(ALWAYS).lines.closed;
    expect(usual).toBe(fixedLineTexts('').closed);
    expect(only({ ...ALWAYS, outsideHours: { say: 'Zu.' } })).toMatchObject({
      lines: { closed: 'Zu.' },
      outside: { action: 'hang-up' },
    });
    const transferred = only({ ...ALWAYS, outsideHours: { action: 'transfer' } }).lines.closed;
    expect(transferred).toBe('We are closed right now. I am connecting you to our on-call line.');
  });

  it('outside them a call goes to the number’s own target, or to one for the nights', () => {
    const outside = (entry: object) => only({ ...ALWAYS, ...entry }).outside;
    const action = 'transfer';
    expect(outside({ outsideHours: { action } })).toEqual({ action, to: '+15550000000' });
    expect(outside({ outsideHours: { action }, transferTo: '+1 555 765 4321' })).toEqual({
      action,
      to: '+15557654321',
    });
    expect(outside({ outsideHours: { action, to: '+49 30 123456' }, transferTo: null })).toEqual({
      action,
      to: '+4930123456',
    });
    expect(outside({ outsideHours: { action: 'hang-up', to: '+4930123456' } })).toEqual({
      action: 'hang-up',
    });
  });
});

describe('transfers', () => {
  it('go to the number’s own target and to those that it allows besides, each once', () => {
    const mayTransferTo = ['+1 555 765 4321', '+15557654322', '+15557654321'];
    expect(only({ transferTo: '+1 (555) 765-4321', mayTransferTo }).transfers).toEqual({
      usual: '+15557654321',
      allowed: ['+15557654321', '+15557654322'],
    });
    expect(only({ mayTransferTo }).transfers.allowed).toEqual([
      '+15550000000',
      '+15557654321',
      '+15557654322',
    ]);
  });

  it('go to nobody where the number says so', () => {
    expect(only({ transferTo: null }).transfers).toEqual({ usual: null, allowed: [] });
    expect(only({}, NOBODY).transfers).toEqual({ usual: null, allowed: [] });
  });

  it('the number for the nights is none that the agent may use', () => {
    const { transfers } = only({ ...ALWAYS, outsideHours: { action: 'transfer', to: '+4930123456' } });
    expect(transfers.allowed).toEqual(['+15550000000']);
  });
});

it('the relay’s own sentences can be said otherwise', () => {
  const { lines } = only({ lines: { filler: 'Einen Moment, bitte.' }, hints: ['  Dr.\nWeiss '] });
  expect(fixedLineTexts('Hallo.', lines)).toEqual({
    ...fixedLineTexts('Hallo.'),
    filler: 'Einen Moment, bitte.',
  });
});

it('[T11] says whether the agent is asked ahead of time, or leaves it to its kind', () => {
  expect([{ speculate: true }, { speculate: false }, {}].map((entry) => only(entry).speculate)).toEqual([
    true,
    false,
    null,
  ]);
});

it('hints are one line each', () => {
  expect(only({ hints: ['  Dr.\nWeiss '] }).hints).toEqual(['Dr. Weiss']);
});

describe('names what is wrong', () => {
  const AT = `profiles.json: numbers["${NUMBER}"]`;
  const PHONE = 'must be a phone number such as +15551234567, but is';
  const LONG = 'x'.repeat(600);
  const SHOWN = `"${'x'.repeat(59)}…`;

  it.each<[object, string]>([
    [{ persona: 'clam' }, '.persona is "clam", which is no persona (did you mean "calm"?).'],
    [{ persona: 'constructor' }, '.persona is "constructor", which is no persona; there are calm.'],
    [{ voice: 'mairn' }, '.voice is "mairn", which is no voice (did you mean "marin"?).'],
    [
      { voice: 'Darth Vader' },
      '.voice is "Darth Vader", which is no voice; there are alloy, ash, ballad, cedar, coral, echo, marin, sage, shimmer, verse.',
    ],
    [{ voice: 'voice_' }, '.voice is "voice_", which is no voice; there are alloy,'],
    [{ speed: 1.6 }, '.speed must be a number from 0.25 to 1.5, but is 1.6.'],
    [{ speed: 0.2 }, '.speed must be a number from 0.25 to 1.5, but is 0.2.'],
    [{ speed: '1' }, '.speed must be a number from 0.25 to 1.5, but is "1".'],
    [
      { tone: 'calm: say “yes”' },
      '.tone must be a few words such as "calm and unhurried", with no marks but commas and hyphens, but is "calm: say “yes”".',
    ],
    [{ tone: 'calm\nand' }, '.tone must be a few words such as'],
    [{ tone: 'x'.repeat(101) }, '.tone must be a few words such as'],
    [{ agent: 'wf_1' }, '.agent is a workflow. Export it.'],
    [{ agent: '' }, '.agent must be the ID of an agent, but is "".'],
    [{ agent: 7 }, '.agent must be the ID of an agent, but is 7.'],
    [{ instructionsFile: ' ' }, '.instructionsFile must be the path of a text file, but is " ".'],
    [{ greeting: LONG }, `.greeting must be a text of at most 500 characters, but is ${SHOWN}.`],
    [{ greeting: null }, '.greeting must be a text of at most 500 characters, but is null.'],
    [{ language: 'english' }, '.language must be two letters, such as en or de, or empty, but is "english".'],
    [{ speculate: 'yes' }, '.speculate must be true or false, but is "yes".'],
    [{ hints: 'Weiss' }, '.hints must be a list of at most 100, but is "Weiss".'],
    [{ hints: ['Weiss', ' '] }, '.hints[1] must be a word or name of 1 to 100 characters, but is " ".'],
    [{ hints: ['x'.repeat(101)] }, '.hints[0] must be a word or name of 1 to 100 characters, but is '],
    [{ hints: Array(101).fill('Weiss') }, '.hints may hold 100 at most.'],
    [{ hints: Array(11).fill('x'.repeat(91)) }, '.hints has 1001 characters. Keep to 1000 in all.'],
    [
      { lines: { filer: 'Moment.', greeting: 'Hi.' } },
      '.lines does not take "filer" (did you mean "filler"?), "greeting"; it takes filler, apology, still-there,',
    ],
    [{ lines: { filler: ' ' } }, '.lines.filler must be a text of 1 to 500 characters, but is " ".'],
    [
      { lines: { 'still-there': 1 } },
      '.lines["still-there"] must be a text of 1 to 500 characters, but is 1.',
    ],
    [{ lines: [] }, '.lines must be an object, but is [].'],
    [
      { timeZone: 'Mars/Base' },
      '.timeZone must be a time zone such as America/New_York, but is "Mars/Base".',
    ],
    [{ timeZone: '+02:00' }, '.timeZone must be a time zone such as America/New_York, but is "+02:00".'],
    [{ ...ALWAYS, hours: '08:00-16:00' }, '.hours must be an object, but is "08:00-16:00".'],
    [
      { ...ALWAYS, hours: { monday: '08:00-16:00' } },
      '.hours.monday is no day. Use mon, tue … sun, or a span such as mon-fri.',
    ],
    [
      { ...ALWAYS, hours: { sat: '8-16' } },
      '.hours.sat must be a span of hours such as "08:00-16:00", or a list of up to 10, but is "8-16".',
    ],
    [{ ...ALWAYS, hours: { 'mon-fri': ['08:00-16:00', 9] } }, '.hours["mon-fri"] must be a span of hours'],
    [{ ...ALWAYS, hours: { sat: Array(11).fill('08:00-16:00') } }, '.hours.sat must be a span of hours'],
    [
      { ...ALWAYS, hours: { 'mon-fri': '08:00-16:00', 'thu-sat': '09:00-12:00' } },
      '.hours["thu-sat"] has a day that "mon-fri" has, too. Name each day once.',
    ],
    [{ hours: { mon: '08:00-16:00' } }, '.hours needs a timeZone beside it, such as America/New_York.'],
    [
      { ...ALWAYS, closedOn: ['2026-02-30'] },
      '.closedOn[0] must be a day such as 2026-12-25, or 12-25 for every year, but is "2026-02-30".',
    ],
    [
      { closedOn: ['12-25'] },
      '.closedOn means nothing without hours beside it; {"mon-sun": "00:00-24:00"} is always.',
    ],
    [{ outsideHours: { say: 'Zu.' } }, '.outsideHours means nothing without hours beside it;'],
    [
      { ...ALWAYS, outsideHours: { say: '' } },
      '.outsideHours.say must be a text of 1 to 500 characters, but is "".',
    ],
    [
      { ...ALWAYS, outsideHours: { action: 'voicemail' } },
      '.outsideHours.action must be "hang-up" or "transfer", but is "voicemail".',
    ],
    [
      { ...ALWAYS, transferTo: null, outsideHours: { action: 'transfer' } },
      '.outsideHours.action is "transfer", but no number is known to transfer to. Give "to" beside it, or transferTo, or TRANSFER_NUMBER.',
    ],
    [{ ...ALWAYS, outsideHours: { to: '112' } }, `.outsideHours.to ${PHONE} "112".`],
    [
      { ...ALWAYS, outsideHours: { action: 'transfer', to: NUMBER } },
      '.outsideHours.to is the number itself: the call would come back here. Use another.',
    ],
    [{ transferTo: '5551234' }, `.transferTo ${PHONE} "5551234".`],
    [
      { transferTo: '+1 (555) 123-4567' },
      '.transferTo is the number itself: the call would come back here. Use another.',
    ],
    [{ mayTransferTo: ['+15557654321', ''] }, `.mayTransferTo[1] ${PHONE} "".`],
    [{ mayTransferTo: [NUMBER] }, '.mayTransferTo[0] is the number itself:'],
    [{ mayTransferTo: NUMBER }, `.mayTransferTo must be a list of at most 50, but is "${NUMBER}".`],
    [
      { greting: 'Hi.', [LONG]: 1 },
      ` does not take "greting" (did you mean "greeting"?), ${SHOWN}; it takes persona, voice,`,
    ],
  ])('%j', (entry, problem) => {
    const problems = problemsOf({ personas: { calm: {} }, numbers: { [NUMBER]: entry } });
    expect(problems).toEqual([expect.stringContaining(`${AT}${problem}`)]);
  });

  it.each<[string | object, string]>([
    ['', 'profiles.json is not valid JSON at its end. Look there for a missing quote, comma or brace.'],
    ['{\n "numbers": {,}', 'profiles.json is not valid JSON (line 2 column 14). Look there for'],
    ['[]', 'profiles.json must be an object, but is [].'],
    ['null', 'profiles.json must be an object, but is null.'],
    [{ profiles: {} }, 'profiles.json does not take "profiles"; it takes personas, numbers.'],
    [{ personas: { calm: 'cedar' } }, 'profiles.json: personas.calm must be an object, but is "cedar".'],
    [{ personas: { calm: { speed: 2 } } }, 'profiles.json: personas.calm.speed must be a number from 0.25'],
    [{ numbers: [NUMBER] }, `profiles.json: numbers must be an object, but is ["${NUMBER}"].`],
    [{ numbers: { [NUMBER]: 'agent_1' } }, `${AT} must be an object, but is "agent_1".`],
    [{ numbers: { reception: {} } }, `profiles.json: numbers.reception ${PHONE} "reception".`],
    [{ numbers: { '0301234567': {} } }, `profiles.json: numbers.0301234567 ${PHONE} "0301234567".`],
    [
      { numbers: { [NUMBER]: {}, '+1 (555) 123-4567': {} } },
      `profiles.json: numbers["+1 (555) 123-4567"] is ${NUMBER} for a second time.`,
    ],
    [`{ "numbers": { "${NUMBER}": {}, "${NUMBER}": {} } }`, `${AT} is ${NUMBER} for a second time.`],
    [
      { numbers: { '+15550000000': {} } },
      'profiles.json: numbers["+15550000000"] is TRANSFER_NUMBER itself. Give it a transferTo of its own, or null for nobody.',
    ],
  ])('%j', (file, problem) => {
    expect(problemsOf(file)).toEqual([expect.stringContaining(problem)]);
  });

  it('a number may be the target of another, and stand in a text', () => {
    const other = { greeting: `Call "${NUMBER}": now`, transferTo: NUMBER, mayTransferTo: [NUMBER] };
    expect(problemsOf({ numbers: { [NUMBER]: {}, '+15557654321': other } })).toEqual([]);
    expect(problemsOf({ numbers: { '+15550000000': { transferTo: null } } })).toEqual([]);
  });

  it('of every part at once, contradictions beside wrong fields', () => {
    const problems = problemsOf(
      {
        personas: { calm: { speed: 9 } },
        numbers: {
          [NUMBER]: { greeting: 5, closedOn: [], colour: 'red' },
          '+4930123456': { timeZone: 'Mars/Base', hours: {}, outsideHours: { action: 'transfer' } },
        },
      },
      NOBODY,
    );
    expect(problems.map((problem) => problem.replace(/^profiles\.json: /, '').split(' ')[0])).toEqual([
      'personas.calm.speed',
      `numbers["${NUMBER}"].greeting`,
      `numbers["${NUMBER}"]`,
      'numbers["+4930123456"].timeZone',
      `numbers["${NUMBER}"].closedOn`,
      'numbers["+4930123456"].outsideHours.action',
    ]);
  });
});

describe('[O6] the rules for callers', () => {
  it('answer everybody unless a number has some', () => {
    expect(only({}).callers).toEqual({ allow: null, deny: [], unverified: 'answer' });
    expect(load(null).default.callers).toEqual({ allow: null, deny: [], unverified: 'answer' });
  });

  it('are read as numbers, prefixes and withheld numbers, however they are grouped', () => {
    const callers = { allow: ['+1 555*', 'anonymous'], deny: ['+1 (555) 123-4567'], unverified: 'say' };
    expect(only({ callers }).callers).toEqual({
      allow: ['+1555*', 'anonymous'],
      deny: ['+15551234567'],
      unverified: 'say',
    });
  });

  it('name what cannot be a caller, and a treatment that there is not', () => {
    expect(
      problemsOf({ numbers: { [NUMBER]: { callers: { deny: ['*'], unverified: 'hang-up' } } } }),
    ).toEqual([
      `profiles.json: numbers["${NUMBER}"].callers.deny[0] must be a phone number such as +15551234567, a prefix such as +1900*, or "anonymous", but is "*".`,
      `profiles.json: numbers["${NUMBER}"].callers.unverified is "hang-up", which is no treatment; there are answer, say, reject.`,
    ]);
  });
});
