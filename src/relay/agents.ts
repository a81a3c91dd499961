// The agents of all profiles. Profiles with the same agent, instructions and language share one.
import { chooseAgent, shownAgentId } from '../agent/kinds.ts';
import type { Agent, Clock, LookedUp } from '../call/ports.ts';
import type { Profile } from '../config/profiles.ts';
import { endingModels } from './ending-models.ts';
import type { Setup } from './read-setup.ts';

export class Agents {
  readonly #setup: Setup;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #own: Readonly<Record<string, Agent>>;
  readonly #agents = new Map<string, { readonly id: string; readonly agent: Agent }>();

  /** @param own agents that were passed in, by their IDs; they go before what an ID would otherwise mean. */
  constructor(
    setup: Setup,
    clock: Clock,
    log: (line: string) => void,
    own: Readonly<Record<string, Agent>> = {},
  ) {
    this.#setup = setup;
    this.#clock = clock;
    this.#log = log;
    this.#own = own;
    for (const profile of setup.profiles.all) this.of(profile);
  }

  /** Each once, by its ID as it may be shown. */
  get all(): readonly { readonly id: string; readonly agent: Agent }[] {
    return [...this.#agents.values()];
  }

  /** Asks every agent's API whether the agent exists; the log says which models in use end soon. */
  async lookUp(): Promise<readonly LookedUp[]> {
    const asking = this.all.map(async ({ id, agent }) => ({ id, found: await agent.lookUp() }));
    const looking = Promise.all(asking);
    for (const ending of await endingModels(this.#setup.config, looking, this.#clock)) this.#log(ending);
    return (await looking).map(({ found }) => found);
  }

  of({ agentId, instructionsFile, language }: Profile): Agent {
    const key = JSON.stringify([agentId, instructionsFile, language]);
    const known = this.#agents.get(key);
    if (known !== undefined) return known.agent;
    const instructions = this.#setup.instructions.get(instructionsFile) ?? null;
    const agent =
      this.#own[agentId] ??
      chooseAgent(agentId, {
        ...this.#setup.config,
        instructions,
        language,
        clock: this.#clock,
        log: this.#log,
      });
    this.#agents.set(key, { id: shownAgentId(agentId), agent });
    return agent;
  }
}
