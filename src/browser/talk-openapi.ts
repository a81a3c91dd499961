// What talk-routes.ts takes and answers, described.
import { z } from 'zod';
import { answer, type ApiPaths, json, refusals } from '../http/openapi.ts';

const tags = ['Talks'];
const instant = z.iso.datetime();

export const sessionBody = z.strictObject({});

export const sessionSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Opens the socket, for the sign-in that made the session only.' }),
    socket: z.string().meta({ description: 'The path of the WebSocket, as `/ws/voice-agent/{id}`.' }),
    callId: z.string().meta({ description: 'The call that begins with it.' }),
    until: instant,
  })
  .meta({ id: 'TalkSession' });

export const statusSchema = z
  .strictObject({
    live: z.int().min(0).meta({ description: 'Talks of this machine.' }),
    most: z.int().min(0),
    isPlayed: z
      .boolean()
      .meta({ description: 'Whether OpenAI is played on this machine, as by the sandbox.' }),
    talks: z.array(
      z.strictObject({
        callId: z.string(),
        since: instant,
        profile: z.string(),
        mode: z.enum(['voice', 'text']),
        isConnected: z.boolean().meta({ description: 'Whether its page is there now.' }),
      }),
    ),
  })
  .meta({ id: 'TalkStatus' });

export const disconnectedSchema = z.strictObject({ callId: z.string() });

export const TALK_PATHS: ApiPaths = {
  '/sessions': {
    post: {
      tags,
      summary: 'Make a session for a talk: a call from a browser',
      description:
        'Open its `socket` as a WebSocket, with the same cookie or token. docs/talk.md says what goes over it. A socket that breaks may come back with the same session.',
      requestBody: { required: false, content: json(sessionBody) },
      responses: {
        201: answer('The session.', sessionSchema),
        ...refusals([
          'bad_request',
          'too_large',
          'unsupported_media_type',
          'invalid_request',
          'busy',
          'closing',
          'unavailable',
        ]),
      },
    },
  },
  '/ws/status': {
    get: {
      tags,
      summary: 'The talks of this machine, and since when',
      responses: { 200: answer('Now.', statusSchema) },
    },
  },
  '/ws/disconnect/{id}': {
    post: {
      tags,
      summary: 'End a talk, politely; by its session or its call',
      responses: {
        202: answer('The command is on its way.', disconnectedSchema),
        ...refusals(['not_found', 'call_over', 'unavailable']),
      },
    },
  },
};
