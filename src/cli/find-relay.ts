// Where a command finds the relay, and the token that it may show it: another machine's relay must not learn this one's.
import dotenv from 'dotenv';
import { isLoopback } from '../call/loopback.ts';
import { findKeptToken } from '../store/kept-token.ts';

export type FoundRelay =
  | { readonly is: 'found'; readonly url: string; readonly token: string }
  /** `why` is for the person who typed the command. */
  | { readonly is: 'none'; readonly why: string };

/** At `given`, or else at WEBHOOK_URL; reads `.env` of this folder. */
export async function findRelay(given: string | null): Promise<FoundRelay> {
  dotenv.config({ quiet: true });
  const webhookUrl = variable('WEBHOOK_URL');
  const address = given ?? webhookUrl;
  if (address === '') return none('Set WEBHOOK_URL or give --relay http://localhost:5000.');
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '')
    return none("The relay's address must be http:// or https:// and a host.");
  const isOurs = isLoopback(url.hostname) || url.host === URL.parse(webhookUrl)?.host;
  const token = variable('OPERATOR_TOKEN') || (isOurs ? await findKeptToken(variable('DATABASE_URL')) : null);
  if (token === null)
    return none(
      'OPERATOR_TOKEN is not set, and no token is kept beside the database here: give it the value of the relay.',
    );
  return { is: 'found', url: url.href.replace(/\/+$/, ''), token };
}

function none(why: string): FoundRelay {
  return { is: 'none', why };
}

function variable(name: string): string {
  return (process.env[name] ?? '').trim();
}
