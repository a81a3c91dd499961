// What the webhooks of the account's numbers were before this relay changed them, over SQL: a row a number.
import { z } from 'zod';
import { type NumberChange, type NumberChangeStore, WEBHOOK_FIELDS } from '../../call/number-webhooks.ts';
import { parsedJson } from '../../call/json.ts';
import { jsonOf, readRow, type Run } from './database.ts';

const webhooks = z.record(z.enum(WEBHOOK_FIELDS), z.string());
const changeRow = z.object({
  phone_number: z.string(),
  id: z.string(),
  changed_at: z.number(),
  webhooks: z.string(),
});
const bothWebhooks = z.object({ before: webhooks, after: webhooks });

const READ = 'SELECT phone_number, id, changed_at, webhooks FROM patchcord_number_changes';
/** Of processes that replace the same change, one does. */
const KEEP = `
  INSERT INTO patchcord_number_changes AS c (phone_number, id, changed_at, webhooks) VALUES ($1, $2, $3, $4)
  ON CONFLICT (phone_number) DO UPDATE
    SET id = excluded.id, changed_at = excluded.changed_at, webhooks = excluded.webhooks
    WHERE c.id = $5
  RETURNING id`;
const FORGET = 'DELETE FROM patchcord_number_changes WHERE phone_number = $1 AND id = $2';

export function numberChangesOver(run: Run): NumberChangeStore {
  return {
    async numberChanges() {
      const rows = await run([READ], []);
      return new Map(rows.map(changeOf));
    },
    async keepNumberChange(phoneNumber, { id, changedAt, before, after }, instead) {
      const kept = await run([KEEP], [phoneNumber, id, changedAt, jsonOf({ before, after }), instead]);
      return kept.length > 0;
    },
    async forgetNumberChange(phoneNumber, id) {
      await run([FORGET], [phoneNumber, id]);
    },
  };
}

function changeOf(row: unknown): [string, NumberChange] {
  const { phone_number, id, changed_at, webhooks } = readRow(changeRow, row);
  return [phone_number, { id, changedAt: changed_at, ...readRow(bothWebhooks, parsedJson(webhooks)) }];
}
