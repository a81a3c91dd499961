// Looks for the model in the server's list. Not every server has a list, and some write names in another form, so only a list
// that was read and clearly lacks the model proves anything.
import { APIError, type OpenAI } from 'openai';
import type { LookedUp } from '../../call/ports.ts';

const LOOKED_UP_WITHIN_MS = 9_000;
const MOST_NAMES = 8;
/** Names of any other form are not shown. */
const PLAIN_NAME = /^[\w.:/-]{1,60}$/;

export async function lookUpModel(client: OpenAI, model: string): Promise<LookedUp> {
  try {
    const { data } = await client.models.list({ signal: AbortSignal.timeout(LOOKED_UP_WITHIN_MS) });
    return judge(model, namesIn(data));
  } catch (error) {
    const status: unknown = error instanceof APIError ? error.status : undefined;
    switch (status) {
      case 401:
      case 403:
        return {
          is: 'wrong',
          problem: `The server at AGENT_BASE_URL does not accept the key (${status}). Check AGENT_API_KEY.`,
        };
      case 404:
      case 405:
      case 501:
        return { is: 'unknown', why: 'cannot be asked for: AGENT_BASE_URL keeps no list of models' };
      default:
        return {
          is: 'unknown',
          why: typeof status === 'number' ? `was answered with ${status}` : 'was not answered',
        };
    }
  }
}

function judge(model: string, names: readonly string[]): LookedUp {
  if (names.length === 0)
    return { is: 'unknown', why: 'cannot be asked for: AGENT_BASE_URL keeps no list of models' };
  if (names.some((name) => isNameOf(name, model))) return { is: 'found' };
  const plain = names.filter((name) => PLAIN_NAME.test(name));
  const shown = plain.slice(0, MOST_NAMES).join(', ');
  const rest = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return {
    is: 'wrong',
    problem: `The model "${model}" is not among those that AGENT_BASE_URL offers${shown === '' ? '' : `: ${shown}${rest}`}.`,
  };
}

/** Lists name a model with a tag (Ollama), in a folder (Gemini), by a pattern (LiteLLM) or without its variant (OpenRouter). */
function isNameOf(name: string, model: string): boolean {
  if (name.endsWith('*')) return model.startsWith(name.slice(0, -1));
  return [model, `${model}:latest`, `models/${model}`, model.replace(/:[^:/]*$/, '')].includes(name);
}

function namesIn(data: unknown): string[] {
  if (!Array.isArray(data)) return [];
  return data.flatMap((model: unknown) => {
    const id: unknown = typeof model === 'object' && model !== null && 'id' in model ? model.id : null;
    return typeof id === 'string' ? [id] : [];
  });
}
