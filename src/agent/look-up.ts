// Asks an API whether the agent exists, so that a wrong ID or key is reported at the start and not to the first caller. An
// API that fails or limits requests proves nothing, and does not stop the start.
import { APIError } from 'openai';
import type { LookedUp } from '../call/ports.ts';

/** `who` begins the sentence of a problem, such as `The agent "agent_1"`. `ask` resolves if the agent exists. */
export async function lookUp(who: string, ask: () => Promise<unknown>): Promise<LookedUp> {
  try {
    await ask();
    return { is: 'found' };
  } catch (error) {
    const status: unknown = error instanceof APIError ? error.status : undefined;
    switch (status) {
      case 401:
        return {
          is: 'wrong',
          problem: `${who} cannot be asked for: the key is not accepted. Check the key.`,
        };
      case 403:
        return { is: 'wrong', problem: `${who} may not be used with this key. Check the key's permissions.` };
      case 404:
        return {
          is: 'wrong',
          problem: `${who} does not exist where it was asked for. Check its ID and the key's project.`,
        };
      default:
        return {
          is: 'unknown',
          why: typeof status === 'number' ? `was answered with ${status}` : 'was not answered',
        };
    }
  }
}
