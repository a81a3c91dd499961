// Whether this browser is signed in. The cookie is the server's and out of reach of scripts, so only answers tell.
import { type Answer, ask, isSignedOut, signIns } from './api.ts';

export async function signIn(by: { readonly token: string } | { readonly code: string }) {
  const answer: Answer<unknown> = await ask('/session', { method: 'POST', body: by });
  if (answer.is === 'ok') {
    isSignedOut.value = false;
    signIns.value += 1;
  }
  return answer;
}

/** Leaves nothing of any call on the page. */
export async function signOut(): Promise<void> {
  await ask('/session', { method: 'DELETE' });
  location.assign('/app');
}

/** `/app#code=…`, as the sandbox prints it. The code leaves the address before anything else happens; null: there is none. */
export function takeCode(): string | null {
  const [, code = null] = /^#code=([\w.~-]+)$/.exec(location.hash) ?? [];
  if (code !== null) history.replaceState(null, '', location.pathname + location.search);
  return code;
}
