// The operator's token over SQL: the only row of its table.
import { z } from 'zod';
import type { TokenStore } from '../kept-token.ts';
import { readRow, type Run } from './database.ts';

const tokenRow = z.object({ token: z.string() });

export function tokenOver(run: Run): TokenStore {
  return {
    async token() {
      const [row] = await run(['SELECT token FROM patchcord_token'], []);
      return row === undefined ? null : readRow(tokenRow, row).token;
    },
    async keepToken(token) {
      await run(
        ['INSERT INTO patchcord_token (id, token) VALUES (1, $1) ON CONFLICT (id) DO NOTHING'],
        [token],
      );
    },
  };
}
