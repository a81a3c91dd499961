// What the sandbox's published agents think: a pure function from what was heard to a reply and the manner in which it
// comes. Deterministic, so that a test, a demo and a benchmark hear the same twice.
import type { SessionTurnError } from 'openai/resources/beta/agents/agents';
import { IDEAL, type Latency, msOf } from '../latencies.ts';

/** One message of the conversation so far. Cut-off replies stand here as far as they were written. */
export interface Remembered {
  readonly role: 'user' | 'assistant' | 'developer';
  readonly text: string;
}

export interface Heard {
  readonly history: readonly Remembered[];
  /** The message to be answered, as it came; '' where there is none. */
  readonly text: string;
  /** The conversation this belongs to; over the Responses API, the last response it stands on. */
  readonly sessionId: string;
}

export interface MindReply {
  readonly text: string;
  /** Before the first word; default 0. */
  readonly firstWordAfterMs?: number;
  /** Between two tokens; default 0. */
  readonly perTokenMs?: number;
  /** The text comes whole, at its end only. */
  readonly isWithoutDeltas?: boolean;
  /** Not even each part comes whole: the text comes with the finished item only. */
  readonly isWithoutParts?: boolean;
  /** Said first, in a message of the phase `commentary`: not meant for the caller. */
  readonly commentary?: string;
  /** Said meanwhile by a subagent, in a turn of its own (Agents API only). */
  readonly subagentSays?: string;
  /** A function that is called before the text, which comes once the result is there. */
  readonly calls?: {
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
    /** So often, each time with the result of the last; default 1. */
    readonly times?: number;
  };
  /** An MCP tool that may act only once this was approved; if it was denied, `whenDenied` is said (Agents API only). */
  readonly asksApproval?: { readonly message: string; readonly whenDenied: string };
  /** Said to the caller before that call. */
  readonly saysBeforeCall?: string;
  /** The reply goes wrong with this code once its text is out. */
  readonly failWith?: SessionTurnError['code'];
  /** The session reaches its spending limit once the text is out, and pauses (Agents API only). */
  readonly reachesBudget?: boolean;
  /** After this the limit is raised, and the turn ends; it never is unless told. */
  readonly budgetRaisedAfterMs?: number;
  /** The reply stops here and never ends. */
  readonly hangs?: boolean;
  /** The connection that carries the events breaks after so many tokens. The agent goes on. */
  readonly dropsStreamAfterTokens?: number;
}

/** What is left to be done once the call was answered: to call again, or to speak. */
export function afterCall(reply: MindReply): MindReply {
  const { calls, saysBeforeCall: _said, commentary: _commentary, ...rest } = reply;
  const times = (calls?.times ?? 1) - 1;
  return calls === undefined || times === 0 ? rest : { ...rest, calls: { ...calls, times } };
}

export type Mind = (heard: Heard) => MindReply;

/** The same minds, each with this time to its first word. */
export function thinkingFor(latency: Latency, minds: Readonly<Record<string, Mind>>): Record<string, Mind> {
  const slowed =
    (mind: Mind): Mind =>
    (heard) => ({ ...mind(heard), firstWordAfterMs: msOf(latency) });
  return Object.fromEntries(Object.entries(minds).map(([id, mind]) => [id, slowed(mind)]));
}

interface Business {
  readonly greeting: string;
  readonly answers: readonly (readonly [question: RegExp, answer: string])[];
  readonly otherwise: string;
}

const FLOWERS: Business = {
  greeting: 'Hello, this is Bloom and Stem. How can I help you?',
  answers: [
    [
      /\b(open|opening|hours|close|when)\b/i,
      'We are open from **9 to 6**, Monday to Saturday. On Sundays we are closed, but you can order online.【4:0†hours.md】',
    ],
    [
      /\b(order|roses|bouquet|buy|flowers)\b/i,
      'Of course! 🌹 A dozen roses is $45.50, and we deliver the same day if you order before noon. What should the card say?',
    ],
    [
      /\b(price|cost|how much|expensive)\b/i,
      'It depends on the season:\n\n- Tulips are $12 a bunch.\n- Roses are $45.50 a dozen.\n\nWhich would you like?',
    ],
    [
      /\b(where|address|find you)\b/i,
      'We are at 12 Market Street, next to the post office. Parking is behind the house.',
    ],
    [
      /\b(story|long|tell me about)\b/i,
      'Our shop was opened by Mrs. Alder in 1961. She grew every flower herself, in a garden behind the church. ' +
        'Her daughter took over in 1988 and began to sell roses from Ecuador. Today there are four of us. ' +
        'We still tie every bouquet by hand, and we still close at noon on Christmas Eve.',
    ],
    [/\b(thank|thanks|bye|goodbye)\b/i, 'You are welcome. Have a lovely day!'],
  ],
  otherwise: 'I am not sure about that. I can tell you our opening hours, or take an order for flowers.',
};

const DENTIST: Business = {
  greeting: 'Good day, Harbour Dental. What can I do for you?',
  answers: [
    [
      /\b(open|opening|hours|close|when)\b/i,
      'The practice is open on weekdays from 8 to 4. On Fridays we close at noon.',
    ],
    [
      /\b(pain|hurts|tooth|emergency)\b/i,
      'I am sorry to hear that. *Dr. Weiss* keeps a slot free at 11:30 for emergencies. Shall I put you in?',
    ],
    [
      /\b(appointment|book|check)\b/i,
      'The next free appointment is on Tuesday at 2:15. Would that suit you?',
    ],
    [/\b(thank|thanks|bye|goodbye)\b/i, 'Take care. We will see you soon.'],
  ],
  otherwise: 'I can make an appointment for you, or tell you when we are open. Which is it?',
};

export const flowerShop: Mind = (heard) => answer(FLOWERS, heard);
export const dentist: Mind = (heard) => answer(DENTIST, heard);

/** The relay's notes are lines in brackets; one of them says that the caller was greeted. */
const NOTE = /^\[.*\]$/;
const IS_GREETED = /\bbeing greeted\b/;

/** How long the businesses think and how fast they write: about what a small hosted model does. */
export const PACE = { firstWordAfterMs: IDEAL.agent, perTokenMs: 15 };

function answer(business: Business, heard: Heard): MindReply {
  return { ...PACE, text: words(business, heard) };
}

function words(business: Business, { history, text }: Heard): string {
  const all = [...history.map((one) => one.text), text];
  const said = callersWords([...lastNotes(history), text].join('\n'));
  if (said === '') return all.some((one) => IS_GREETED.test(one)) ? 'ok' : business.greeting;
  if (/what('s| is) my name/i.test(said)) {
    const name = all.map((text) => /my name is (\w+)/i.exec(text)?.[1]).findLast((one) => one !== undefined);
    return name === undefined ? 'You have not told me your name yet.' : `Your name is ${name}.`;
  }
  const name = /my name is (\w+)/i.exec(said)?.[1];
  if (name !== undefined) return `Nice to meet you, ${name}. What can I do for you?`;
  const digits = /caller pressed ([\d*#]+)/.exec(said)?.[1];
  if (digits !== undefined) return `Thank you, I have noted ${digits.split('').join(' ')}.`;
  const found = business.answers.find(([question]) => question.test(said));
  return found?.[1] ?? business.otherwise;
}

/** The notes that came with the message which is to be answered. */
export function lastNotes(history: readonly Remembered[]): string[] {
  const others = history.findLastIndex(({ role, text }) => role !== 'developer' && !NOTE.test(text));
  return history.slice(others + 1).map(({ text }) => text);
}

/** Without the relay's bracketed lines; keys that were pressed are the caller's words. */
export function callersWords(text: string): string {
  return text
    .split('\n')
    .filter((line) => !NOTE.test(line) || line.startsWith('[The caller pressed'))
    .join('\n')
    .trim();
}

/** Cut as a model would write it: a word at a time, with the space before it. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}
