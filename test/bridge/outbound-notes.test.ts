import { describe, expect, it } from 'vitest';
import type { Assignment, Task } from '../../src/call/assignment.ts';
import type { CallFacts } from '../../src/call/call.ts';
import { isScreener, outboundOpeningNote, screenerNote } from '../../src/bridge/outbound-notes.ts';

function callOut(task: Partial<Task>, voicemail: Assignment['voicemail'] = null): CallFacts {
  return {
    id: 'CO1',
    from: '+15550002222',
    to: '+15550001111',
    parameters: {},
    carrier: { sid: 'CA1' },
    outbound: {
      assignment: {
        to: '+15550001111',
        profile: 'florist',
        task: { type: 'custom', prompt: 'Reserve a table for two.', context: {}, ...task },
        voicemail,
        result: null,
        callbackUrl: null,
        ringTimeoutS: 30,
        maxMinutes: 5,
        metadata: {},
      },
    },
  };
}

function note(task: Partial<Task>, voicemail: Assignment['voicemail'] = null, hasContext = true): string {
  return outboundOpeningNote(callOut(task, voicemail), 'Saturday 21 November 2026, 14:05', hasContext);
}

describe('outboundOpeningNote', () => {
  it('is one bracketed line with numbers, time, task and context', () => {
    const text = note({ prompt: 'Ask\n[Ann]\nabout   Friday.', context: { ids: [7, 8], name: 'Ann\nLee' } });
    expect(text).toMatch(/^\[[^\n]*\]$/);
    expect(text).toContain(
      'outbound phone call to +15550001111 from +15550002222; it is Saturday 21 November',
    );
    expect(text).toContain('Your task: Ask Ann about Friday.');
    expect(text).toContain(String.raw`What you know: {"ids":[7,8],"name":"Ann\nLee"}`);
  });

  it('keeps the task if the context note is turned off, and leaves out numbers and time', () => {
    const text = note({}, null, false);
    expect(text).toContain('Your task: Reserve a table for two.');
    expect(text).not.toMatch(/\+1555|2026/);
  });

  it('has words of its own for each type of task', () => {
    const types = ['appointment_reminder', 'survey', 'notification', 'custom'] as const;
    const words = types.map((type) => note({ type }));
    expect(new Set(words).size).toBe(types.length);
    expect(words[0]).toContain('whether they will come');
    expect(words[1]).toContain('one question at a time');
    expect(words[2]).toContain('have understood');
  });

  it('says who speaks first, what to say first, and to leave mailboxes to the relay', () => {
    expect(note({})).toContain('They speak first, and your words are read aloud');
    expect(note({})).toContain('say who you are, for whom you call and why');
    expect(note({})).toContain('leave no message: the call is ended for you');
    expect(note({}, 'Please call us.')).toContain('leave no message yourself: one is left for you');
  });

  it('is bounded, and says what was cut', () => {
    const text = note({ prompt: 'p'.repeat(100_000), context: { all: 'c'.repeat(100_000) } });
    expect(text.length).toBeLessThan(18_000);
    expect(text.match(/cut off here/g)).toHaveLength(2);
  });

  it('leaves out an empty context', () => {
    expect(note({})).not.toContain('What you know');
  });
});

it('the screener note cannot be turned off and asks for one sentence', () => {
  expect(screenerNote().kind).toBe('needed');
  expect(screenerNote().text).toMatch(/^\[.*one sentence who is calling, for whom and why.*\]$/);
});

describe('isScreener', () => {
  it.each([
    "Hi, the person you're calling is using a screening service from Google and will get a copy of this conversation. Go ahead and say your name and why you're calling.",
    'Hello. The person you’re calling is using a screening service, and will get a copy of this conversation.',
    "Hi! Before I try to connect you, can you please say your name and why you're calling?",
    'Before I try to connect you, may I ask what this is about?',
    "Hi, if you record your name and reason for calling, I'll see if this person is available.",
    'hi if you record your name and the reason for calling ill see if this person is available',
    'Please state your name and the reason for your call.',
    "Say your name and why you're calling",
    'Please state your name after the tone, and Google Voice will try to connect you.',
    'The person you are calling does not accept calls from unidentified callers. To complete your call, please record your name at the tone.',
    'At the tone, please say your name or the company you represent.',
    'The person you are calling is using BT Call Guardian. Please say your name after the tone and then press the hash key.',
    'Hi, the person you are trying to reach is using Truecaller Assistant. May I know who is calling?',
    "Hi, I'm a digital assistant for this customer. Please tell me your name and the reason for your call.",
    'Hello, this is a Bixby text call. What you say is shown as text.',
    'The person you are calling uses Call Assist. Who is this?',
    'Hallo, die Person, die du anrufst, verwendet einen Anruffilter von Google und erhält eine Kopie dieser Unterhaltung. Bitte nenne deinen Namen und den Grund deines Anrufs.',
    'Die angerufene Person nutzt einen Screening-Dienst von Google.',
    'Hallo, wenn du deinen Namen und den Grund für deinen Anruf aufnimmst, schaue ich, ob diese Person verfügbar ist.',
    'Wenn Sie Ihren Namen und den Grund Ihres Anrufs aufnehmen, sehe ich nach, ob diese Person erreichbar ist.',
    'Bitte nennen Sie Ihren Namen und den Grund Ihres Anrufs.',
    'Sag bitte deinen Namen und warum du anrufst.',
    'Hola, la persona a la que llamas usa un servicio de filtrado de llamadas de Google y recibirá una copia de esta conversación.',
    'Hola, si grabas tu nombre y el motivo de tu llamada, veré si esta persona está disponible.',
    'Por favor, diga su nombre y el motivo de su llamada.',
    'Di tu nombre y por qué llamas.',
    "Bonjour, la personne que vous appelez utilise un service de filtrage d'appels de Google et recevra une copie de cette conversation.",
    'Bonjour, si vous enregistrez votre nom et le motif de votre appel, je verrai si cette personne est disponible.',
    'Dites votre nom et la raison de votre appel.',
    'Veuillez indiquer votre nom et l’objet de votre appel.',
  ])('takes a screener for one: %s', (words) => {
    expect(isScreener(words)).toBe(true);
  });

  it.each([
    'Hello?',
    'Who is this?',
    "Who's calling, please?",
    'Hello, this is Ann. Who am I speaking to?',
    "Sorry, what's your name again?",
    "What's your name and why are you calling me?",
    'May I ask who is calling and what this is regarding?',
    'Can I get your name and the reason for your call?',
    'Before I put you through, who shall I say is calling?',
    "Let me see if she's available. What was your name?",
    'One moment, I will try to connect you.',
    'Thank you for calling Luigi’s. How can I help you?',
    'Say what? Say that again, please.',
    'What is the reason for calling?',
    'In a few words, tell me the reason for your call.',
    "I was just screening my calls, sorry. Who's there?",
    "Hi, you've reached Ann. Please leave your name and number after the beep.",
    'Please state your name, number and a brief message after the tone, and I will get back to you.',
    'At the tone, please record your name and message.',
    'The person you are calling is not available. Please record your message at the tone.',
    'Please say your name and the reason for your call, and we will call you back.',
    'Ann can’t come to the phone. State your name and why you are calling and leave a message.',
    'Your call has been forwarded to an automated voice messaging system.',
    'Wer ist da?',
    'Wer spricht denn da?',
    'Wie ist Ihr Name, und worum geht es?',
    'Sagen Sie mir doch mal Ihren Namen.',
    'Bitte nennen Sie Ihren Namen und den Grund Ihres Anrufs, wir rufen zurück.',
    'Bitte hinterlassen Sie eine Nachricht mit Ihrem Namen und Ihrer Telefonnummer nach dem Ton.',
    '¿Quién es?',
    '¿De parte de quién?',
    '¿Me puede decir su nombre y para qué llama?',
    'Deje su nombre y el motivo de su llamada después del tono.',
    'Diga su nombre y el motivo de su llamada y deje un mensaje.',
    "Qui est à l'appareil ?",
    'C’est de la part de qui, et à quel sujet ?',
    'Laissez votre nom et la raison de votre appel après le bip.',
    'Indiquez votre nom et la raison de votre appel, je vous rappellerai.',
    '',
  ])('takes nobody else for one: %s', (words) => {
    expect(isScreener(words)).toBe(false);
  });

  it('reads no further than a screener speaks', () => {
    expect(isScreener(`${'well '.repeat(400)}say your name and why you are calling`)).toBe(false);
  });
});
