// Asks an API whether the agent exists, so that a wrong ID or key is reported at the start and not to the first caller. An
// API that fails or limits requests proves nothing, and does not stop the start.
import type { LookedUp } from '../call/ports.ts';
import { statusOf } from './failures.ts';

/** `who` begins the sentence of a problem, such as `The agent "agent_1"`. `ask` resolves if the agent exists, to its model if that is known. */
export async function lookUp(who: string, ask: () => Promise<string | undefined>): Promise<LookedUp> {
  try {
    const model = await ask();
    return { is: 'found', ...(model !== undefined && { model }) };
  } catch (error) {
    const status = statusOf(error);
    switch (status) {
      case 401:
        return wrong(`${who} cannot be asked for: the key is not accepted. Check the key.`);
      case 403:
        return wrong(`${who} may not be used with this key. Check the key's permissions.`);
      case 404:
        return wrong(`${who} does not exist where it was asked for. Check its ID and the key's project.`);
      default:
        return unproven(status);
    }
  }
}

export function wrong(problem: string): LookedUp {
  return { is: 'wrong', problem };
}

/** The answer had this status, which proves nothing; undefined if there was no answer. */
export function unproven(status: number | undefined): LookedUp {
  return { is: 'unknown', why: status === undefined ? 'was not answered' : `was answered with ${status}` };
}
