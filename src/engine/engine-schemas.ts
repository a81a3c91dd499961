// Schemas of the engine's requests and answers. They check every request and make the OpenAPI document, so each bound
// stands here only.
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
  .describe('The profile whose voice, language and agent to use: a name from GET /profiles.');

const format = z
  .enum(['mulaw', 'pcm16'])
  .describe('The samples of the WAV file: µ-law as the voice sends it, or 16 bit linear.');

const audio = z.boolean().default(false).describe('Whether to answer with audio too.');

export const speechToTextQuery = z.strictObject({ profile });

export const speechToTextAnswer = z.strictObject({
  text: z.string().describe("Everything that was said; '' if no words were understood."),
  unclear: z.int().min(0).describe('How many stretches of sound held no words that were understood.'),
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
    .describe('Facts for the agent about this conversation, by name.'),
  audio,
  format: format.default('mulaw'),
});

export const turnRequest = z.strictObject({ text, audio, format: format.default('mulaw') });

export const spokenTurnQuery = z.strictObject({
  audio: z.enum(['true', 'false']).default('false').describe('Whether to answer with audio too.'),
  format: format.default('mulaw'),
});

const command = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('end') }),
  z.strictObject({ type: z.literal('transfer'), to: z.string(), summary: z.string() }),
  z.strictObject({ type: z.literal('send-digits'), digits: z.string() }),
  z.strictObject({ type: z.literal('stay-silent') }),
]);

const reply = {
  text: z.string().describe('What to say, without Markdown and the like.'),
  commands: z
    .array(command)
    .describe('Commands to run once the reply was heard. On the phone the last one counts.'),
  audio: z.base64().optional().describe('The text as a WAV file, if requested.'),
  failure: z
    .strictObject({ code: z.string(), message: z.string() })
    .optional()
    .describe('Why the reply breaks off, or why its audio is missing.'),
};

export const conversationAnswer = z.strictObject({
  id: z.string(),
  profile: z.string(),
  idleAfterS: z.number().describe('After this long without a turn the conversation is closed.'),
  ...reply,
});

export const turnAnswer = z.strictObject({
  heard: z.string().optional().describe('The transcript of the audio.'),
  ...reply,
});

export const profilesAnswer = z.strictObject({
  profiles: z.array(
    z.strictObject({
      name: z.string(),
      language: z.string().describe("'' if the transcription detects it."),
      voice: z.string(),
    }),
  ),
});

export type Format = z.infer<typeof format>;
export type Reply = z.infer<typeof turnAnswer>;
export type Command = z.infer<typeof command>;
export type ConversationRequest = z.infer<typeof conversationRequest>;
