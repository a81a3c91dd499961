// The published agent that all callers talk to, and the witness of what reached it. It answers each saying with the reply
// that belongs to it, resumes where the relay says the caller stopped hearing it, and asks again if it cannot understand.
import type { Heard, Mind, MindReply } from '../openai/mind.ts';
import { GO_AHEAD, PARDON, replyTo, type Saying, sayingsIn, sentenceOf, textOf } from './script.ts';

export const AGENT_ID = 'agent_chaos';

/** What goes wrong with it. May be changed at any time. */
export interface AgentTroubles {
  /** The stream that carries a reply breaks after so many tokens. */
  dropsStreamAfterTokens: (() => number) | null;
  /** It stops after so many words, or after all of them, and never says that it is done. */
  hangsAfterWords: (() => number) | null;
  /** A session reaches its spending limit instead of answering: once each, because a third failed turn would end its call. */
  isOutOfBudget: boolean;
}

const PACE = { firstWordAfterMs: 100, perTokenMs: 8 };

export class ChaosAgent {
  readonly troubles: AgentTroubles = {
    dropsStreamAfterTokens: null,
    hangsAfterWords: null,
    isOutOfBudget: false,
  };
  /** Every session, with all that it was told in the caller's name. */
  readonly #sessions = new Map<string, string>();

  /** Sessions that have reached their spending limit; it was lifted since. */
  readonly #spent = new Set<string>();

  readonly mind: Mind = (heard) => {
    const told = [...heard.history, { role: 'user', text: heard.text }].filter(({ role }) => role === 'user');
    this.#sessions.set(heard.sessionId, told.map(({ text }) => text).join('\n'));
    const { dropsStreamAfterTokens, hangsAfterWords, isOutOfBudget } = this.troubles;
    const reply: MindReply = { ...PACE, text: this.#answer(heard) };
    if (isOutOfBudget && !this.#spent.has(heard.sessionId)) {
      this.#spent.add(heard.sessionId);
      return { ...reply, text: '', reachesBudget: true, budgetRaisedAfterMs: 700 };
    }
    if (hangsAfterWords !== null) {
      const text = reply.text.split(' ').slice(0, hangsAfterWords()).join(' ');
      return { ...reply, text, hangs: true };
    }
    return dropsStreamAfterTokens === null
      ? reply
      : { ...reply, dropsStreamAfterTokens: dropsStreamAfterTokens() };
  };

  /** How often this saying reached the agent, whole. */
  timesTold(saying: Saying): number {
    let times = 0;
    for (const told of this.#sessions.values()) times += told.split(textOf(saying)).length - 1;
    return times;
  }

  #answer({ history, text }: Heard): string {
    const said = sayingsIn(text).at(-1);
    if (said !== undefined) return replyText(said, '');
    if (/^\[[^\n]*\]\n\[Answer/.test(text)) return 'ok';
    // Only those messages that the agent was told in the caller's name: its own words name no saying.
    const told = [...history.flatMap((one) => (one.role === 'user' ? one.text : [])), text];
    // Asked for its reply to words that it could not make out, it asks again, as it would have at first.
    const words = told.findLast((one) => !isNote(one));
    if (words !== undefined && sayingsIn(words).length === 0) return PARDON;
    const last = told.flatMap(sayingsIn).at(-1);
    return last === undefined ? GO_AHEAD : replyText(last, text);
  }
}

function isNote(text: string): boolean {
  return /^\[[\s\S]*\]$/.test(text.trim());
}

/** The sentences of the reply that are not, whole, in what was heard already. */
function replyText(saying: Saying, heard: string): string {
  const left = replyTo(saying).filter((words) => !words.every((word) => heard.includes(word)));
  return left.length === 0 ? GO_AHEAD : left.map(sentenceOf).join(' ');
}
