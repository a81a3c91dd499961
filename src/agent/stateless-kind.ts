// A kind of agent that is one dialect at one address: `<kind>:<URL>`, each request with the whole conversation.
import { type AgentKind, problemWithAddress } from './agent-kind.ts';
import { lookUpByPost } from './look-up-by-post.ts';
import { StatelessConversation, StatelessServer } from './stateless-conversation.ts';
import type { StatelessDialect } from './stateless-dialect.ts';
import { warmUp } from './warm-up.ts';

/** `server` names what is at the address, at the beginning of a sentence. */
export function statelessKind(dialect: StatelessDialect, server: string): AgentKind {
  const { kind } = dialect;
  const urlIn = (id: string): string => id.slice(`${kind}:`.length);
  return {
    matches: (id) => id.startsWith(`${kind}:`),
    problem: (id) => problemWithAddress(urlIn(id)),
    open(id, options) {
      const there = new StatelessServer(dialect, urlIn(id), options);
      return {
        kind,
        lookUp: () => lookUpByPost(urlIn(id), server, options),
        warm: warmUp(urlIn(id), options),
        open: (opening, memory) => new StatelessConversation(there, opening, memory),
      };
    },
  };
}
