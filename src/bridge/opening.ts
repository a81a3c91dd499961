// How a call begins: with which agent, what that agent receives first, and the first words that the caller hears. A call
// that another process had keeps its agent past closing time, and continues instead of greeting (R3).
import type { CallEventBody } from '../call/call.ts';
import type { BridgeParts, CallParts, ResumedCall } from './bridge-parts.ts';
import type { DialogueParts } from './dialogue.ts';
import type { Ending } from './ending.ts';
import { localTimeText } from '../call/hours.ts';
import { noAgent } from './no-agent.ts';
import { openingNote, resumedNote } from '../call/notes.ts';
import { outboundOpeningNote } from './outbound-notes.ts';
import { phoneTools } from '../call/phone-tools.ts';
import type { Agent, Conversation } from '../call/ports.ts';

/** O2, O9: opens the conversation in the background. */
export function openConversation(parts: BridgeParts, emit: (event: CallEventBody) => void): Conversation {
  const { call, settings, resumed } = parts;
  const agent = agentOf(parts);
  const isOut = call.outbound !== undefined;
  const greeting = isOut || settings.lines.greeting === '' ? null : settings.lines.greeting;
  const localTime = localTimeText(settings.timeZone, parts.clock.now());
  const hasContext = !settings.notesOff.has('context');
  const note = isOut
    ? outboundOpeningNote(call, localTime, hasContext)
    : openingNote(call, greeting, localTime, hasContext);
  agent.warm?.();
  if (agent !== noAgent) emit({ type: 'agent-told', turnId: 0, text: '', notes: [note], heardOfLast: null });
  return agent.open(
    {
      call,
      note,
      greeting,
      isCallerFirst: isOut,
      tools: phoneTools(settings.transfers),
    },
    resumed?.resume.agent ?? undefined,
  );
}

/** Nobody, where the caller is turned away. */
export function agentOf(parts: BridgeParts): Agent {
  return closedFor(parts) === null ? parts.agent : noAgent;
}

/** T11: whether the agent is asked before it is sure that the caller has finished. */
export function aheadOf({ agent, settings }: BridgeParts): DialogueParts['ahead'] {
  const isSafe = agent.isAskedAhead === true;
  if (!(settings.speculate ?? isSafe)) return 'never';
  return isSafe ? 'without-trace' : 'with-note';
}

export interface FirstWordsParts extends Pick<CallParts, 'voice' | 'dialogue' | 'listening' | 'emit'> {
  readonly ending: Ending;
}

export function sayFirstWords(bridgeParts: BridgeParts, parts: FirstWordsParts): void {
  const closed = closedFor(bridgeParts);
  if (bridgeParts.resumed !== null) resume(bridgeParts, bridgeParts.resumed, parts);
  else if (closed !== null) parts.ending.turnAway(closed.line, closed.transferTo);
  else greet(bridgeParts, parts);
}

/** Whom the caller is transferred to instead of reaching an agent; null during opening hours. */
function closedFor({ call, settings, resumed }: BridgeParts): BridgeParts['settings']['closed'] {
  return call.outbound === undefined && resumed === null ? settings.closed : null;
}

function greet({ call }: BridgeParts, { voice, dialogue }: FirstWordsParts): void {
  voice.sayLine('recording-notice');
  // C3: a callee speaks first.
  if (call.outbound === undefined) dialogue.open();
}

/** R3: the agent knows the conversation; the caller still receives what they were owed. */
function resume(
  bridgeParts: BridgeParts,
  { resume: state, wasLost }: ResumedCall,
  parts: FirstWordsParts,
): void {
  const { voice, dialogue, listening, ending, emit } = parts;
  const { speaking, order } = state;
  emit({ type: 'call-taken-up', wasLost });
  if (state.unanswered !== null) listening.resume(state.unanswered);
  if (order?.type === 'transfer') return ending.resume({ ...order, say: '', otherwise: null });
  const isGreeting = state.agent === null || speaking?.text === bridgeParts.settings.lines.greeting;
  if (speaking?.heard === '' && isGreeting) return greet(bridgeParts, parts);
  const segment = wasLost ? voice.sayLine('where-were-we') : null;
  const asked = segment === null ? '' : ` The caller was asked: "${segment.text}"`;
  if (speaking === null) {
    if (wasLost) dialogue.note(resumedNote(null, asked));
    return;
  }
  const isKnown = !wasLost && speaking.text !== '' && speaking.text.startsWith(speaking.heard);
  const rest = isKnown ? speaking.text.slice(speaking.heard.length).trim() : '';
  if (rest !== '') dialogue.readOn(rest, speaking.heard);
  else if (!isKnown) dialogue.prompt(resumedNote(speaking.heard, asked), speaking.heard);
}
