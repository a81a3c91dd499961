// The few sentences that the relay itself says, in the agent's voice. The process synthesises each once, so that calls
// hear it without waiting for a model (O5), even when their speech session is gone.
import type { FixedLineName } from './call.ts';
import { isSpokenAsWritten } from './speakable.ts';
import type { Base64Audio, Speech, SpeechEvent } from './ports.ts';

export type FixedLineTexts = Readonly<Record<FixedLineName, string>>;

/** A business's own wording; its greeting is a separate setting. */
export type OwnLines = Partial<Omit<FixedLineTexts, 'greeting'>>;

/** In English, except where `own` replaces them. The greeting is '' if the agent speaks first. */
export function fixedLineTexts(greeting: string, own: OwnLines = {}): FixedLineTexts {
  return {
    greeting,
    filler: 'One moment, please.',
    apology: "I'm sorry, something went wrong. Could you say that again?",
    'still-there': 'Are you still there?',
    goodbye: 'It seems you are gone. Goodbye.',
    'too-long': "I'm sorry, we have reached the time limit of this call. Goodbye.",
    'giving-up': "I'm sorry, I can't help you right now. Please call again later. Goodbye.",
    transferring: "One moment, I'm connecting you.",
    'to-a-human': "I'm sorry, I can't help you with that. I'm connecting you to somebody who can.",
    closed: 'We are closed right now. Please call again later. Goodbye.',
    unverified:
      "I'm sorry, we can't verify the number you are calling from. Please call from another one. Goodbye.",
    'over-budget': "I'm sorry, nobody can take your call right now. Please call again tomorrow. Goodbye.",
    'where-were-we': 'Sorry, where were we?',
    farewell: 'I have to end the call now. Thank you, and goodbye.',
    'recording-notice': '',
    draining: "I'm sorry, I have to end this call now. Please call again in a moment. Goodbye.",
    ...own,
  };
}

/** Synthesised audio by text: only audio that was generated to its end and says the text. One per voice. */
export type FixedLineSounds = Map<string, readonly Base64Audio[]>;

/**
 * Synthesises every line on a speech session of its own, before the first call. Resolves to null, or to why it failed.
 * A line that the voice did not read as written is left to the call that needs it.
 */
export function synthesise(
  texts: FixedLineTexts,
  sounds: FixedLineSounds,
  openSpeech: (onEvent: (event: SpeechEvent) => void) => Speech,
): Promise<string | null> {
  const pending = new Map(Object.entries(texts).filter(([, text]) => text !== '' && !sounds.has(text)));
  const audio = new Map<string, Base64Audio[]>([...pending.keys()].map((id) => [id, []]));
  return new Promise((resolve) => {
    const speech = openSpeech((event) => {
      switch (event.type) {
        case 'segment-audio':
          audio.get(event.segmentId)?.push(event.audio);
          return;
        case 'segment-done': {
          const text = pending.get(event.segmentId) ?? '';
          const isRight = event.outcome === 'completed' && isSpokenAsWritten(text, event.spoken ?? text);
          if (isRight) sounds.set(text, audio.get(event.segmentId) ?? []);
          pending.delete(event.segmentId);
          if (pending.size === 0) finish(null);
          return;
        }
        case 'lost':
          return finish(event.reason);
        case 'ready':
          if (pending.size === 0) finish(null);
          return;
        default:
          return;
      }
    });
    const finish = (problem: string | null): void => {
      speech.close();
      resolve(problem);
    };
    for (const [id, text] of pending) speech.say({ id, text });
  });
}
