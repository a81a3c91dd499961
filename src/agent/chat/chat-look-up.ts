// Looks for the model in the server's list. Not every server has a list, and some write names in another form, so only a list
// that was read and clearly lacks the model proves anything.
import type { OpenAI } from 'openai';
import { fieldsOf, listOf, textOf } from '../../call/json.ts';
import type { LookedUp } from '../../call/ports.ts';
import { statusOf } from '../failures.ts';
import { unproven, wrong } from '../look-up.ts';

const LOOKED_UP_WITHIN_MS = 9_000;
const MOST_NAMES = 8;
const NO_LIST: LookedUp = {
  is: 'unknown',
  why: 'cannot be asked for: AGENT_BASE_URL keeps no list of models',
};
/** Names of any other form are not shown. */
const PLAIN_NAME = /^[\w.:/-]{1,60}$/;

export async function lookUpModel(client: OpenAI, model: string): Promise<LookedUp> {
  try {
    const { data } = await client.models.list({ signal: AbortSignal.timeout(LOOKED_UP_WITHIN_MS) });
    const names = listOf(data).map((one) => textOf(fieldsOf(one)['id']));
    return judge(
      model,
      names.filter((name) => name !== ''),
    );
  } catch (error) {
    const status = statusOf(error);
    switch (status) {
      case 401:
      case 403:
        return wrong(
          `The server at AGENT_BASE_URL does not accept the key (${status}). Check AGENT_API_KEY.`,
        );
      case 404:
      case 405:
      case 501:
        return NO_LIST;
      default:
        return unproven(status);
    }
  }
}

function judge(model: string, names: readonly string[]): LookedUp {
  if (names.length === 0) return NO_LIST;
  if (names.some((name) => isNameOf(name, model))) return { is: 'found' };
  const plain = names.filter((name) => PLAIN_NAME.test(name));
  const shown = plain.slice(0, MOST_NAMES).join(', ');
  const rest = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const offered = shown === '' ? '' : `: ${shown}${rest}`;
  return wrong(`The model "${model}" is not among those that AGENT_BASE_URL offers${offered}.`);
}

/** Lists name a model with a tag (Ollama), in a folder (Gemini), by a pattern (LiteLLM) or without its variant (OpenRouter). */
function isNameOf(name: string, model: string): boolean {
  if (name.endsWith('*')) return model.startsWith(name.slice(0, -1));
  return [model, `${model}:latest`, `models/${model}`, model.replace(/:[^:/]*$/, '')].includes(name);
}
