// The pages without a mouse.
import { expect, it } from 'vitest';
import { anInboundCall } from './a-call.ts';
import { databaseOf } from './stored.ts';
import { aStage } from './stage.ts';

const since = Date.now() - 3_600_000;
const calls = Array.from({ length: 5 }, (_, at) => anInboundCall(at, since));
const { open } = aStage({ env: { DATABASE_URL: await databaseOf(calls) } });

it('walks from the list into a call, through its turns and tabs, and back', async (context) => {
  const page = await open(context, '/calls');
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await page.getByRole('row', { name: 'default' }).first().waitFor();
  await press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
  await press('j', 'j', 'j', 'Enter');
  await page.getByRole('heading', { level: 1, name: 'Call from' }).waitFor();
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('Call from');
  await page.getByRole('button', { expanded: true }).waitFor();
  await press('[', ']');
  await page.getByRole('tab', { selected: true }).focus();
  await press('ArrowRight');
  await page.getByRole('tab', { name: 'Cost', selected: true }).waitFor();
  await press('Escape');
  await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
  // As a person would: once the view has its focus and its rows.
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Calls');
  await page.getByRole('row', { name: 'default' }).first().waitFor();
  await press('/');
  await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('INPUT');
  await page.keyboard.type('+15551000002');
  await press('Enter');
  await expect.poll(() => page.getByRole('row', { name: 'default' }).count()).toBe(1);
});
