// Finds which messages a ChatKit thread has, in the server's list of its items: after a process died over a message, another
// must not send it twice. Messages that were sent together are one item, with their texts in order.
import type { AgentMessage } from '../../call/ports.ts';

interface HeardItem {
  readonly itemId: string;
  readonly texts: readonly string[];
}

/** `heard` is newest first; only what is newer than the item `since` counts. */
export function takenSince(
  heard: readonly HeardItem[],
  since: string | null,
  messages: readonly AgentMessage[],
): Set<AgentMessage> {
  const known = heard.findIndex(({ itemId }) => itemId === since);
  const told = (known === -1 ? heard : heard.slice(0, known)).toReversed().flatMap(({ texts }) => texts);
  const taken = new Set<AgentMessage>();
  let from = 0;
  for (const message of messages) {
    const texts = [...message.notes, message.text].filter((text) => text !== '');
    const place = placeOf(texts, told, from);
    if (place === -1) continue;
    taken.add(message);
    from = place + texts.length;
  }
  return taken;
}

function placeOf(texts: readonly string[], told: readonly string[], from: number): number {
  return told.findIndex((_, place) => place >= from && texts.every((text, i) => told[place + i] === text));
}
