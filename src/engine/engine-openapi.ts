// What the engine's routes answer, described: what each path takes, and what each status says.
import { answer, type ApiPaths, header, json, refusals } from '../http/openapi.ts';
import * as engine from './engine-schemas.ts';

const tags = ['Speech API'];
const WAV = { 'audio/wav': {} };
const headers = {
  'X-Spoken-Verbatim': header('Whether the voice kept to the text: `yes`, `no` or `unknown`.'),
};
const WRONG_JSON = ['invalid_json', 'too_large', 'unsupported_media_type', 'invalid_request'] as const;
const WRONG_AUDIO = [
  'empty_audio',
  'too_large',
  'too_long',
  'unsupported_audio',
  'unsupported_media_type',
] as const;
const SPEECH_FAILED = ['speech_unavailable', 'speech_timeout', 'busy', 'closing'] as const;
const AGENT_FAILED = [
  'agent_unavailable',
  'agent_refused',
  'agent_rate_limited',
  'agent_malformed',
  'agent_timeout',
] as const;

export const ENGINE_PATHS: ApiPaths = {
  '/profiles': {
    get: {
      tags,
      summary: 'The profiles: their names, languages and voices',
      responses: { 200: answer('By name.', engine.profilesAnswer) },
    },
  },
  '/speech-to-text': {
    post: {
      tags,
      summary: 'Transcribe a recording',
      requestParams: { query: engine.speechToTextQuery },
      requestBody: { required: true, content: WAV },
      responses: {
        200: answer('The transcript.', engine.speechToTextAnswer),
        ...refusals(['unknown_profile', 'invalid_request', ...WRONG_AUDIO, ...SPEECH_FAILED]),
      },
    },
  },
  '/text-to-speech': {
    post: {
      tags,
      summary: 'Read a text aloud',
      requestParams: { query: engine.textToSpeechQuery },
      requestBody: { required: true, content: json(engine.textToSpeechRequest) },
      responses: {
        200: { description: 'The audio.', content: WAV, headers },
        ...refusals(['unknown_profile', 'not_acceptable', ...WRONG_JSON, 'nothing_to_say', ...SPEECH_FAILED]),
      },
    },
  },
  '/conversations': {
    post: {
      tags,
      summary: 'Begin a conversation with the agent',
      requestBody: { required: true, content: json(engine.conversationRequest) },
      responses: {
        201: { ...answer('The conversation has begun.', engine.conversationAnswer), headers },
        ...refusals([
          'unknown_profile',
          'too_many_conversations',
          ...WRONG_JSON,
          ...AGENT_FAILED,
          ...SPEECH_FAILED,
        ]),
      },
    },
  },
  '/conversations/{id}/turns': {
    post: {
      tags,
      summary: 'Say something to the agent, as text or as audio',
      requestParams: { query: engine.spokenTurnQuery },
      requestBody: { required: true, content: json(engine.turnRequest) },
      responses: {
        200: { ...answer("The agent's reply.", engine.turnAnswer), headers },
        ...refusals([
          'unknown_conversation',
          'turn_running',
          'conversation_closed',
          ...WRONG_JSON,
          ...WRONG_AUDIO,
          'nothing_understood',
          ...AGENT_FAILED,
          ...SPEECH_FAILED,
        ]),
      },
    },
  },
  '/conversations/{id}': {
    delete: {
      tags,
      summary: 'End a conversation',
      responses: { 204: { description: 'The conversation is over.' }, ...refusals(['unknown_conversation']) },
    },
  },
};
