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

/** What a status tells of the server at `url`, which `who` calls by its kind; 2xx is for the asker to judge. */
export function foundAt(url: string, who: string, status: number): LookedUp {
  const { origin, pathname } = new URL(url);
  const server = `${who} at ${origin}${pathname}`;
  switch (true) {
    case status === 401:
      return wrong(`${server} does not accept the key. Check AGENT_API_KEY.`);
    case status === 403:
      return wrong(`${server} may not be used with this key. Check AGENT_API_KEY.`);
    case status === 404 || status === 405:
      return wrong(`${server} is not there: ${status}. Check the address, with its path.`);
    case status >= 300 && status < 400:
      return wrong(`${server} has moved. Use the address that it redirects to.`);
    default:
      return unproven(status);
  }
}
