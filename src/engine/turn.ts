// One turn of a conversation without a phone: the message to the agent, its reply, and its sound where that is wanted.
// The sound is asked for sentence by sentence while the agent writes, as on the phone.
import { interruptedNote, transferFailedNote } from '../call/notes.ts';
import type { AgentEvent, AgentMessage, Clock } from '../call/ports.ts';
import { type AgentReply, gatherReply } from './agent-reply.ts';
import type { Talk } from './conversations.ts';
import { type ReadAloud, ReadingAloud } from './reading-aloud.ts';

export interface TurnParts {
  readonly clock: Clock;
  readonly agentTimeoutMs: number;
  readonly wantsAudio: boolean;
  readonly signal: AbortSignal;
}

export interface Answered {
  readonly reply: AgentReply;
  /** null if no audio was requested, or the reply is empty. */
  readonly sound: ReadAloud | null;
}

export async function takeTurn(talk: Talk, text: string | null, parts: TurnParts): Promise<Answered> {
  const { clock, agentTimeoutMs, wantsAudio, signal } = parts;
  const { conversation, profile } = talk;
  const message = text === null ? null : messageOf(talk, text);
  const ask = (stop: AbortSignal): AsyncIterable<AgentEvent> =>
    message === null ? conversation.greet(stop) : conversation.reply(message, stop);
  const reading = wantsAudio
    ? new ReadingAloud({ clock, openSpeech: (onEvent) => profile.openSpeech(onEvent), signal })
    : null;
  try {
    const reply = await gatherReply(ask, {
      clock,
      timeoutMs: agentTimeoutMs,
      transfers: profile.transfers,
      signal,
      onSegment: (segment) => reading?.say(segment),
      onWithdrawn: () => reading?.cancel(),
    });
    talk.notes.push(...reply.refusals.map(transferFailedNote));
    const sound = reading === null || reply.text === '' ? null : await reading.finish();
    talk.hasLostReply = signal.aborted;
    return { reply, sound };
  } finally {
    reading?.close();
  }
}

/** With notes: above all that the last reply reached nobody, if so. */
function messageOf(talk: Talk, text: string): AgentMessage {
  const { notes, hasLostReply } = talk;
  talk.notes = [];
  talk.hasLostReply = false;
  const told = hasLostReply ? [interruptedNote(''), ...notes] : notes;
  return {
    text,
    notes: told.filter(({ kind }) => !talk.profile.notesOff.has(kind)).map((note) => note.text),
    heardOfLast: hasLostReply ? '' : null,
  };
}
