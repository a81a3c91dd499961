// Checks that the relay on this machine takes the operator's token that is found here. Asked over the loopback address: a
// public address may lead to somebody else by now, who would learn the token.
import { askOver } from './far-address.ts';
import type { Finding } from '../../call/check.ts';
import { fine, unknown, wrong } from './finding.ts';

export interface ApiTokenCheck {
  /** The configured or the kept one; null if there is neither. */
  readonly token: string | null;
  readonly isConfigured: boolean;
  readonly port: number;
}

export async function checkApiToken({ token, isConfigured, port }: ApiTokenCheck): Promise<Finding> {
  if (token === null)
    return unknown('not made yet', 'The first start makes and prints one, or set OPERATOR_TOKEN.');
  const source = isConfigured ? 'OPERATOR_TOKEN' : 'the kept token';
  const headers = { authorization: `Bearer ${token}` };
  const asked = port === 0 ? { code: '' } : await askOver(`http://127.0.0.1:${port}/profiles`, { headers });
  if ('code' in asked) return unknown(`${source} is not tried, because no relay runs on this machine`);
  if (asked.status === 200) return fine(`${source} is accepted`);
  return asked.status === 401
    ? wrong(
        `the relay on port ${port} does not accept ${source}`,
        'It was started with another OPERATOR_TOKEN or DATABASE_URL: make them the same and restart it.',
      )
    : unknown(`${source} could not be tried (${asked.status})`);
}
