// A relay that has had ten thousand calls: the list is there at once, and the page never grows.
import { expect, it } from 'vitest';
import { anInboundCall } from './a-call.ts';
import { databaseOf } from './stored.ts';
import { aStage } from './stage.ts';

const COUNT = 10_000;
const since = Date.now() - COUNT * 60_000;
const calls = function* () {
  for (let number = 0; number < COUNT; number++) yield anInboundCall(number, since);
};
const { open, url } = aStage({ env: { DATABASE_URL: await databaseOf(calls()) } });

it('shows the first page within a second, and at most 200 rows however far a reader goes', async (context) => {
  const page = await open(context, '/calls');
  const rows = page.locator('tbody tr');
  await rows.first().waitFor();
  // The second visit: the modules are in the browser's cache, as on any day but the first.
  const before = performance.now();
  await page.goto(`${url()}/app/calls`);
  await rows.first().waitFor();
  const tookMs = performance.now() - before;
  expect(await rows.count()).toBe(100);
  expect(tookMs).toBeLessThan(1_000);

  const firsts = new Set<string | null>();
  for (let turned = 0; turned < 5; turned++) {
    firsts.add(await rows.last().getAttribute('data-call'));
    await page.getByRole('button', { name: 'Older calls' }).click();
    await expect.poll(async () => firsts.has(await rows.last().getAttribute('data-call'))).toBe(false);
    expect(await rows.count()).toBeLessThanOrEqual(200);
  }
  // The focus went along, to the first call that came with the page.
  expect(await page.evaluate('document.activeElement.closest("tr") !== null')).toBe(true);
  await page.getByRole('button', { name: 'Newer calls' }).click();
  expect(await rows.count()).toBe(200);
});
