// What the engine's routes answer, described for the one document. It stands beside both sides, which do not know each
// other: the schemas are the engine's, the form is the operator's.
import * as engine from './engine-schemas.ts';
import type { ApiAnswer, ApiPath } from '../http/openapi.ts';

const tag = 'Engine';
const WAV = 'audio/wav';
const VERBATIM = { 'X-Spoken-Verbatim': '`yes`, `no` or `unknown`: whether the voice kept to the text.' };

/** Every other answer has the one body for what is wrong. */
function wrong(descriptions: Readonly<Record<number, string>>): Record<number, ApiAnswer> {
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [
      status,
      { description, schema: engine.errorAnswer },
    ]),
  );
}

const REQUEST = { 400: '`invalid_request`, `invalid_json`, `unknown_profile`, `empty_audio`' };
const BUSY = { 503: '`busy`, `closing`' };
const VOICE = { 502: '`speech_unavailable`', 504: '`speech_timeout`' };
const SOUND = { 413: '`too_large`, `too_long`', 415: '`unsupported_audio`, `unsupported_media_type`' };
const AGENT = { 502: '`agent_…`, `speech_unavailable`', 504: '`agent_timeout`, `speech_timeout`' };

export const ENGINE_PATHS: readonly ApiPath[] = [
  {
    path: '/profiles',
    method: 'get',
    tag,
    summary: 'Whose voice and agent can be had',
    responses: { 200: { description: 'By name.', schema: engine.profilesAnswer } },
  },
  {
    path: '/speech-to-text',
    method: 'post',
    tag,
    summary: 'Write down what is said in a recording',
    query: engine.speechToTextQuery,
    request: { contentType: WAV },
    responses: {
      200: { description: 'What was said.', schema: engine.speechToTextAnswer },
      ...wrong({ ...REQUEST, ...SOUND, ...VOICE, ...BUSY }),
    },
  },
  {
    path: '/text-to-speech',
    method: 'post',
    tag,
    summary: 'Read a text aloud',
    query: engine.textToSpeechQuery,
    request: { schema: engine.textToSpeechRequest },
    responses: {
      200: { description: 'The sound.', contentType: WAV, headers: VERBATIM },
      ...wrong({
        ...REQUEST,
        406: '`not_acceptable`',
        415: SOUND[415],
        422: '`nothing_to_say`',
        ...VOICE,
        ...BUSY,
      }),
    },
  },
  {
    path: '/conversations',
    method: 'post',
    tag,
    summary: 'Begin a conversation with the agent',
    request: { schema: engine.conversationRequest },
    responses: {
      201: { description: 'It has begun.', schema: engine.conversationAnswer, headers: VERBATIM },
      ...wrong({
        ...REQUEST,
        415: SOUND[415],
        ...AGENT,
        503: '`busy`, `too_many_conversations`, `closing`',
      }),
    },
  },
  {
    path: '/conversations/{id}/turns',
    method: 'post',
    tag,
    summary: 'Say something to the agent, in text or as sound',
    query: engine.spokenTurnQuery,
    request: { schema: engine.turnRequest },
    responses: {
      200: { description: 'What it answered.', schema: engine.turnAnswer, headers: VERBATIM },
      ...wrong({
        ...REQUEST,
        404: '`unknown_conversation`',
        409: '`turn_running`',
        410: '`conversation_closed`',
        ...SOUND,
        422: '`nothing_understood`',
        ...AGENT,
        ...BUSY,
      }),
    },
  },
  {
    path: '/conversations/{id}',
    method: 'delete',
    tag,
    summary: 'End a conversation',
    responses: {
      204: { description: 'It is over.' },
      ...wrong({ 404: '`unknown_conversation`' }),
    },
  },
];
