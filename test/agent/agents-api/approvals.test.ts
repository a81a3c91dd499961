// What an agent may do only with the caller's yes: the relay asks it by voice.
import { describe, expect, it, onTestFinished } from 'vitest';
import { agentsApi } from '../../../src/agent/agents-api/agents-api.ts';
import { yesOrNo } from '../../../src/agent/yes-or-no.ts';
import { fieldsOf, listOf } from '../../../src/call/json.ts';
import type { Conversation } from '../../../src/call/ports.ts';
import { TurningClock } from '../../support/turning-clock.ts';
import { FarEnd, GREETED, message, optionsFor, patience, read, textOf } from '../far-end.ts';

const QUESTION = 'May I do this: Order a dozen roses? Please say yes or no.';
const ORDER = {
  saysBeforeCall: 'Gladly.',
  asksApproval: { message: 'Order a dozen roses.', whenDenied: 'Then I will not.' },
  text: 'They are ordered.',
};

describe('an approval', () => {
  async function stage(language = '') {
    const clock = new TurningClock();
    const farEnd = await FarEnd.start();
    const conversation: Conversation = agentsApi
      .open('agent_scripted', optionsFor(farEnd, { clock, language }))
      .open(GREETED);
    onTestFinished(async () => {
      await conversation.close();
      await farEnd.stop();
    });
    farEnd.replies = [ORDER, { text: 'Yes.' }];
    const say = async (text: string, signal = patience()) =>
      textOf(await read(conversation.reply(message(text), signal)));
    const sent = (): unknown[] =>
      farEnd.asked(/^POST .*\/events$/).flatMap(({ body }) => listOf(fieldsOf(body)['events']));
    const decisions = () =>
      sent().flatMap((event) => fieldsOf(fieldsOf(event)['response'])['decision'] ?? []);
    return { farEnd, clock, say, decisions };
  }

  it.each([
    ['Yes, please.', 'approve', 'They are ordered.'],
    ['No.', 'deny', 'Then I will not.'],
  ])('[A3] is asked of the caller, and "%s" is the answer', async (words, decision, said) => {
    const { farEnd, say, decisions } = await stage();
    expect(await say('A dozen roses.')).toBe(`Gladly.\n${QUESTION}`);
    expect(decisions()).toEqual([]);
    expect((await say(words)).trim()).toBe(said);
    expect(decisions()).toEqual([decision]);
    expect(await say('Thank you.')).toBe('Yes.');
    expect(farEnd.known).not.toContain(words);
  });

  it.each([
    ['de', 'Ja, gerne.', 'Darf ich das tun: Order a dozen roses? Bitte sagen Sie ja oder nein.'],
    ['es', 'Sí, claro.', '¿Puedo hacer esto: Order a dozen roses? Por favor, diga sí o no.'],
    ['fr', 'Yes.', QUESTION],
  ])('[A3] is asked in the language of the profile: %s', async (language, words, question) => {
    const { say, decisions } = await stage(language);
    expect(await say('A dozen roses.')).toBe(`Gladly.\n${question}`);
    await say(words);
    expect(decisions()).toEqual(['approve']);
  });

  it('[A3] is asked once more after other words, which the agent receives with the answer', async () => {
    const { farEnd, say, decisions } = await stage();
    await say('A dozen roses.');
    expect((await say('What do they cost?')).trim()).toBe(QUESTION);
    expect(decisions()).toEqual([]);
    await say('Yes.');
    expect(decisions()).toEqual(['approve']);
    await farEnd.until(() => farEnd.known.includes('What do they cost?'));
  });

  it('[A3] is denied after a second answer that is neither', async () => {
    const { say, decisions } = await stage();
    await say('A dozen roses.');
    await say('What do they cost?');
    await say('Red ones?');
    expect(decisions()).toEqual(['deny']);
  });

  it('[A3] is denied by silence; a later yes approves nothing', async () => {
    const { farEnd, say, decisions } = await stage();
    await say('A dozen roses.');
    await farEnd.until(() => decisions().length > 0);
    expect(decisions()).toEqual(['deny']);
    expect(await say('Yes.')).toBe('Yes.');
    expect(decisions()).toEqual(['deny']);
    expect(farEnd.known).toMatch(/user: Yes\.$/);
  });

  it('[A3] is denied at once where nobody hears the question', async () => {
    const { farEnd, decisions, say } = await stage();
    farEnd.opening = ORDER;
    await farEnd.until(() => decisions().length > 0);
    expect(decisions()).toEqual(['deny']);
    expect(farEnd.replies).toHaveLength(2);
    farEnd.replies = [{ text: 'Good day.' }];
    expect(await say('Hi.')).toBe('Good day.');
  });
});

describe('yes or no', () => {
  it.each([
    'Yes.',
    'yeah',
    'Sure, go ahead.',
    'Well, okay.',
    'Ja, bitte.',
    'Natürlich!',
    'Sí.',
    'Claro, adelante.',
    'Of course.',
  ])('takes "%s" for a yes', (text) => expect(yesOrNo(text)?.isYes).toBe(true));
  it.each(['No.', 'No, make it Tuesday.', 'Nein danke.', 'Yes, no, wait.', 'No, gracias.', 'Oh no'])(
    'takes "%s" for a no',
    (text) => expect(yesOrNo(text)?.isYes).toBe(false),
  );
  it.each([
    '',
    'What does it cost?',
    'Okay?',
    'Yes, but only two.',
    'Ja, aber nicht heute.',
    'I am not sure.',
    'Yesterday',
    'Roses, please.',
    'Sí, pero mañana.',
  ])('takes "%s" for neither', (text) => expect(yesOrNo(text)).toBeNull());
});
