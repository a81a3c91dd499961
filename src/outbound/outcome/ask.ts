// Asks the agent of a call that is over for its result, in text, in the call's own conversation. Nothing is spoken, and the
// agent's commands are ignored.
import type { AgentMemory } from '../../call/call-record.ts';
import type { CallFacts } from '../../call/call.ts';
import { phoneTools } from '../../call/phone-tools.ts';
import type { Agent } from '../../call/ports.ts';

const ANSWER_WITHIN_MS = 30_000;
const MOST_CHARS = 50_000;

/** null if it gives no answer. Never rejects. */
export async function askInText(
  agent: Agent,
  call: CallFacts,
  memory: AgentMemory | null,
  prompt: string,
): Promise<string | null> {
  const conversation = agent.open(
    {
      call,
      note: '[A phone call that you had is over. What follows is text, and nobody hears your answer.]',
      greeting: null,
      isCallerFirst: true,
      tools: phoneTools({ usual: null, allowed: [] }),
    },
    memory ?? undefined,
  );
  let text = '';
  let hasFailed = false;
  const message = { text: prompt, notes: [], heardOfLast: null };
  for await (const event of conversation.reply(message, AbortSignal.timeout(ANSWER_WITHIN_MS))) {
    if (event.type === 'text') text += event.delta;
    else if (event.type === 'withdrawn') text = '';
    else if (event.type === 'failed') hasFailed = true;
    if (text.length > MOST_CHARS) break;
  }
  // Left as it was found: this or another process may ask once more.
  void conversation.close(true);
  return hasFailed || text === '' ? null : text;
}
