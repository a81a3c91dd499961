// What the engine's requests may hold and what its answers do. The OpenAPI document is made from these, and every request
// is checked by them; so a bound stands here and nowhere else.
import { z } from 'zod';

/** About five minutes of speech. */
const LONGEST_TEXT = 4_000;
const MOST_PARAMETERS = 20;
const LONGEST_PARAMETER = 500;

const text = z.string().trim().min(1).max(LONGEST_TEXT);

const profile = z
  .string()
  .min(1)
  .max(64)
  .default('default')
  .describe('Whose voice, language and agent: a name that GET /profiles gives.');

const format = z
  .enum(['mulaw', 'pcm16'])
  .describe('How the samples of the WAV file are written: µ-law as the voice gave it, or 16 bit linear.');

const audio = z.boolean().default(false).describe('Whether the reply is also wanted as sound.');

export const speechToTextQuery = z.strictObject({ profile });

export const speechToTextAnswer = z.strictObject({
  text: z.string().describe("All that was said; '' where no words were made out."),
  unclear: z.int().min(0).describe('How many stretches were sound, and no words could be made out in them.'),
  durationMs: z.int().min(0),
});

export const textToSpeechQuery = z.strictObject({ format: format.optional() });

export const textToSpeechRequest = z.strictObject({ text, profile });

export const conversationRequest = z.strictObject({
  profile,
  parameters: z
    .record(z.string().min(1).max(64), z.string().max(LONGEST_PARAMETER))
    .refine((parameters) => Object.keys(parameters).length <= MOST_PARAMETERS, {
      error: `At most ${MOST_PARAMETERS} of them.`,
    })
    .default({})
    .describe('What the agent is to know of this conversation, by name.'),
  audio,
  format: format.default('mulaw'),
});

export const turnRequest = z.strictObject({ text, audio, format: format.default('mulaw') });

/** Beside audio as the body, where nothing else can say it. */
export const spokenTurnQuery = z.strictObject({
  audio: z.enum(['true', 'false']).default('false').describe('Whether the reply is also wanted as sound.'),
  format: format.default('mulaw'),
});

const command = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('end') }),
  z.strictObject({ type: z.literal('transfer'), to: z.string(), summary: z.string() }),
  z.strictObject({ type: z.literal('send-digits'), digits: z.string() }),
  z.strictObject({ type: z.literal('stay-silent') }),
]);

const reply = {
  text: z.string().describe('What is to be said, without Markdown and the like.'),
  commands: z
    .array(command)
    .describe('What the agent orders to be done, once that was heard. On the phone the last one counts.'),
  audio: z.base64().optional().describe('A WAV file of the text, where it was asked for and there is any.'),
  failure: z
    .strictObject({ code: z.string(), message: z.string() })
    .optional()
    .describe('What went wrong once there was a reply: it breaks off, or its sound is missing.'),
};

export const conversationAnswer = z.strictObject({
  id: z.string(),
  profile: z.string(),
  idleAfterS: z.number().describe('Without a turn for so long, the conversation is closed.'),
  ...reply,
});

export const turnAnswer = z.strictObject({
  heard: z.string().optional().describe('What was understood of the audio.'),
  ...reply,
});

export const profilesAnswer = z.strictObject({
  profiles: z.array(
    z.strictObject({
      name: z.string(),
      language: z.string().describe("'' where it is found out by listening."),
      voice: z.string(),
    }),
  ),
});

export type Format = z.infer<typeof format>;
export type Reply = z.infer<typeof turnAnswer>;
export type Command = z.infer<typeof command>;
export type ConversationRequest = z.infer<typeof conversationRequest>;
