// Which messages a session has, asked of the session itself: after a request whose outcome is unknown, such as one that
// its process died over.
import type { OpenAI } from 'openai';
import type { AgentSessionItem } from 'openai/resources/beta/agents/agents';

type Sessions = OpenAI['beta']['agents']['sessions'];

/** A message in doubt began one of the last turns; there is hardly ever more than one. */
const TURNS = 20;

/** Which of the messages, each a list of texts, the session has in turns after this one, in order; none if there is no session. Rejects as the SDK does. */
export async function takenSince(
  api: Sessions,
  place: { readonly sessionId: string | null; readonly turnId: string | null },
  messages: readonly (readonly string[])[],
): Promise<boolean[]> {
  const { sessionId, turnId } = place;
  if (sessionId === null) return messages.map(() => false);
  const { data } = await api.turns.list(sessionId, { order: 'desc', limit: TURNS });
  const known = data.findIndex(({ id }) => id === turnId);
  const later = (known === -1 ? data : data.slice(0, known)).filter((turn) => turn.subagent_id === null);
  const told: string[] = [];
  for (const { id } of later.toReversed()) {
    const items = api.turns.items.list(id, { session_id: sessionId, order: 'asc' });
    for await (const item of items) told.push(...wordsOf(item));
  }
  return messages.map((texts) => {
    const place = told.indexOf(plain(texts));
    told.splice(0, place + 1);
    return place !== -1;
  });
}

function wordsOf(item: AgentSessionItem): string[] {
  if (item.type !== 'message' || item.role !== 'user') return [];
  return [plain(item.content.flatMap((part) => ('text' in part ? [part.text] : [])))];
}

/** The same however the API joins the parts. */
function plain(texts: readonly string[]): string {
  return texts.join(' ').replace(/\s+/g, ' ').trim();
}
