// What the engine's routes answer, described: what each path takes, and what each status says.
import { type ApiPaths, header, json } from '../http/openapi.ts';
import * as engine from './engine-schemas.ts';

const tags = ['Speech API'];
const WAV = { 'audio/wav': {} };
const VERBATIM = {
  'X-Spoken-Verbatim': header('Whether the voice kept to the text: `yes`, `no` or `unknown`.'),
};
const WRONG = {
  400: { description: '`invalid_json`, `unknown_profile`, `empty_audio`' },
  422: { description: '`invalid_request`' },
};
const SPEECH_FAILED = {
  502: { description: '`speech_unavailable`' },
  504: { description: '`speech_timeout`' },
};
const AGENT_FAILED = {
  502: { description: '`agent_…`, `speech_unavailable`' },
  504: { description: '`agent_timeout`, `speech_timeout`' },
};
const BUSY = { 503: { description: '`busy`, `closing`' } };
const WRONG_JSON = {
  413: { description: '`too_large`' },
  415: { description: '`unsupported_media_type`' },
};
const WRONG_AUDIO = {
  413: { description: '`too_large`, `too_long`' },
  415: { description: '`unsupported_audio`, `unsupported_media_type`' },
};
const UNKNOWN = { 404: { description: '`unknown_conversation`' } };

export const ENGINE_PATHS: ApiPaths = {
  '/profiles': {
    get: {
      tags,
      summary: 'The profiles: their names, languages and voices',
      responses: { 200: { description: 'By name.', content: json(engine.profilesAnswer) } },
    },
  },
  '/speech-to-text': {
    post: {
      tags,
      summary: 'Transcribe a recording',
      requestParams: { query: engine.speechToTextQuery },
      requestBody: { required: true, content: WAV },
      responses: {
        200: { description: 'The transcript.', content: json(engine.speechToTextAnswer) },
        ...WRONG,
        ...WRONG_AUDIO,
        ...SPEECH_FAILED,
        ...BUSY,
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
        200: { description: 'The audio.', content: WAV, headers: VERBATIM },
        ...WRONG,
        406: { description: '`not_acceptable`' },
        ...WRONG_JSON,
        422: { description: '`invalid_request`, `nothing_to_say`' },
        ...SPEECH_FAILED,
        ...BUSY,
      },
    },
  },
  '/conversations': {
    post: {
      tags,
      summary: 'Begin a conversation with the agent',
      requestBody: { required: true, content: json(engine.conversationRequest) },
      responses: {
        201: {
          description: 'The conversation has begun.',
          content: json(engine.conversationAnswer),
          headers: VERBATIM,
        },
        ...WRONG,
        ...WRONG_JSON,
        ...AGENT_FAILED,
        503: { description: '`busy`, `too_many_conversations`, `closing`' },
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
        200: { description: "The agent's reply.", content: json(engine.turnAnswer), headers: VERBATIM },
        ...WRONG,
        ...UNKNOWN,
        409: { description: '`turn_running`' },
        410: { description: '`conversation_closed`' },
        ...WRONG_AUDIO,
        422: { description: '`invalid_request`, `nothing_understood`' },
        ...AGENT_FAILED,
        ...BUSY,
      },
    },
  },
  '/conversations/{id}': {
    delete: {
      tags,
      summary: 'End a conversation',
      responses: { 204: { description: 'The conversation is over.' }, ...UNKNOWN },
    },
  },
};
