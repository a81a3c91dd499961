// The charts' numbers, as a screen reader has them.
import { expect, it } from 'vitest';
import { anInboundCall } from './a-call.ts';
import { databaseOf } from './stored.ts';
import { aStage } from './stage.ts';

const since = Date.now() - 3_600_000;
const calls = Array.from({ length: 3 }, (_, at) => anInboundCall(at, since));
const { open } = aStage({ env: { DATABASE_URL: await databaseOf(calls) } });

it('insights tell what calls cost, by owner, with a dash for what is unknown', async (context) => {
  const page = await open(context, '/calls?show=insights');
  // Three minutes of telephone and of its stream, and three turns.
  await page.getByText(/What calls cost: \$0\.06\d~/).waitFor();
  await page.getByText('The numbers of the charts').click();
  const table = page.getByRole('table');
  expect((await table.getByRole('columnheader').allInnerTexts()).slice(5)).toEqual([
    'Cost',
    'of it telephone',
    'of it your agent',
    'of it voice',
    'of it transcription',
  ]);
  const rows = await table.getByRole('row').filter({ hasText: '$' }).allInnerTexts();
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every((row) => /\t\$0\.0\d\d~\t\$0\.0\d\d\t–\t/.test(row))).toBe(true);
});
