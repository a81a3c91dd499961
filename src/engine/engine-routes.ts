// The speech API: the voice and the published agents for programs without a phone. The relay checks the token in front of
// it; everything else is bounded here, because one program must not take the voice away from the calls.
import express, { type Router } from 'express';
import {
  beginConversation,
  closeConversation,
  type ConversationParts,
  takeTurnIn,
} from './conversation-requests.ts';
import { Conversations } from './conversations.ts';
import type { EngineOptions } from './engine-profile.ts';
import { answered, answering, type Handle } from './exchange.ts';
import { Slots } from './slots.ts';
import { speechToText, textToSpeech } from './speech-requests.ts';
import { ledToItsProcess } from './whose.ts';

export function engineRoutes(options: EngineOptions): Router {
  const { clock, limits, closing, profiles } = options;
  const slots = new Slots(limits.maxSessions);
  const conversations = new Conversations(clock, limits.maxConversations, limits.idleMs);
  closing.addEventListener('abort', () => conversations.closeAll());
  const parts: ConversationParts = { options, slots, conversations };
  const handler = (handle: Handle) => answering(options, handle);

  const router = express.Router();
  router.get(
    '/profiles',
    handler(async () => answered(200, { profiles })),
  );
  router.post('/speech-to-text', handler(speechToText(options, slots)));
  router.post('/text-to-speech', handler(textToSpeech(options, slots)));
  router.post('/conversations', handler(beginConversation(parts)));
  router.use('/conversations/:id', ledToItsProcess(options));
  router.post('/conversations/:id/turns', handler(takeTurnIn(parts)));
  router.delete('/conversations/:id', handler(closeConversation(parts)));
  return router;
}
