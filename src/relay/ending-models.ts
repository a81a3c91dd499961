// Which of the models in use OpenAI ends soon. Its list of models says so; a compatible server that does not, or does not
// answer, gives no warning and no error.
import { fieldsOf, listOf, textOf } from '../call/json.ts';
import type { Clock, LookedUp } from '../call/ports.ts';
import type { Config } from '../config/environment.ts';

const WARN_DAYS = 60;
const LISTED_WITHIN_MS = 10_000;
const DAY_MS = 86_400_000;

export interface FoundAgent {
  readonly id: string;
  readonly found: LookedUp;
}

/** One sentence for each model in use that ends within 60 days. Asks while the agents are looked up. Rejects only as `looking` does. */
export async function endingModels(
  config: Config,
  looking: Promise<readonly FoundAgent[]>,
  clock: Clock,
): Promise<readonly string[]> {
  const [ends, agents] = await Promise.all([endsOfModels(config), looking]);
  return modelsInUse(config, agents).flatMap(([place, model]) => {
    const endsAt = ends.get(model);
    const days = endsAt === undefined ? Infinity : Math.ceil((endsAt - clock.now()) / DAY_MS);
    if (endsAt === undefined || days > WARN_DAYS) return [];
    const date = new Date(endsAt).toISOString().slice(0, 10);
    const when = days > 0 ? `ends on ${date}, in ${days} day${days === 1 ? '' : 's'}` : `ended on ${date}`;
    return `${place} uses the model ${model}, which ${when}. Choose another: https://platform.openai.com/docs/deprecations`;
  });
}

function modelsInUse(config: Config, agents: readonly FoundAgent[]): readonly (readonly [string, string])[] {
  return [
    ['REALTIME_MODEL', config.realtimeModel],
    ['TRANSCRIPTION_MODEL', config.transcriptionModel],
    ...agents.flatMap(({ id, found }): [string, string][] =>
      found.is === 'found' && found.model !== undefined ? [[`The agent ${id}`, found.model]] : [],
    ),
  ];
}

/** Instants, by the names of the models whose end is announced. */
async function endsOfModels({ openaiApiKey, openaiBaseUrl }: Config): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  try {
    const answer = await fetch(`${openaiBaseUrl}/models`, {
      headers: { authorization: `Bearer ${openaiApiKey}` },
      signal: AbortSignal.timeout(LISTED_WITHIN_MS),
    });
    for (const model of listOf(fieldsOf(await answer.json())['data'])) {
      const { id, shutdown_date: date } = fieldsOf(model);
      const endsAt = Date.parse(textOf(date));
      if (!Number.isNaN(endsAt)) ends.set(textOf(id), endsAt);
    }
  } catch {
    // The key may not list models, or nobody answers: the checks of the key and the agents say so better.
  }
  return ends;
}
