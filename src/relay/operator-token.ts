// The token that the API asks for: OPERATOR_TOKEN, or else the kept one, which the first start makes and shows. Only that
// start shows it: a log is read by more people than may place calls.
import type { Logger } from 'pino';
import type { Config } from '../config/environment.ts';
import { keptToken, type TokenStore } from '../store/kept-token.ts';

export type OperatorToken = ReturnType<typeof operatorToken>;

export function operatorToken(config: Config, store: TokenStore, log: Logger) {
  const kept = keptToken(config.databaseUrl, store);
  let finding: Promise<string> | null = null;

  async function find(): Promise<string> {
    if (config.operatorToken !== '') return config.operatorToken;
    const { token, isNew } = await kept.findOrMake();
    if (isNew)
      log.warn(
        { operatorToken: token, keptIn: kept.place, address: `${config.webhookUrl}/docs` },
        'Made a token for the API, because OPERATOR_TOKEN is not set; it is never shown again',
      );
    return token;
  }

  /** Rejects while the token can be neither read nor kept; the next use tries again. */
  function value(): Promise<string> {
    finding ??= find().catch((error: unknown) => {
      finding = null;
      throw error;
    });
    return finding;
  }

  return {
    value,
    /** Makes the token before somebody needs it. Never rejects. */
    async open(): Promise<void> {
      await value().catch(() =>
        log.warn(
          { keptIn: kept.place },
          'Cannot keep the token of the API, so nobody can use it; set OPERATOR_TOKEN',
        ),
      );
    },
  };
}
