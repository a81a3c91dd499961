// The list as a file, and links into a call.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { anInboundCall } from './a-call.ts';
import { databaseOf } from './stored.ts';
import { aStage } from './stage.ts';

const since = Date.now() - 3_600_000;
const calls = Array.from({ length: 12 }, (_, at) => anInboundCall(at, since));
const { open } = aStage({ env: { DATABASE_URL: await databaseOf(calls) } });

it('is saved as it is filtered, as CSV and as JSON', async (context) => {
  const page = await open(context, '/calls?number=%2B15551000002');
  await page.getByText('1 call', { exact: true }).waitFor();
  const saved = async (form: string): Promise<{ readonly name: string; readonly text: string }> => {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: `Save the list as ${form}` }).click();
    const download = await coming;
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };
  const csv = await saved('CSV');
  expect(csv.name).toMatch(/^calls-\d{4}-\d\d-\d\d\.csv$/);
  expect(csv.text.trimEnd().split('\r\n')).toEqual([
    expect.stringMatching(/^id,direction,/),
    expect.stringContaining(",'+15551000002,"),
  ]);
  const json = await saved('JSON');
  expect(JSON.parse(json.text)).toEqual([expect.objectContaining({ from: '+15551000002' })]);
  await page.getByText('1 call saved.').waitFor();
});

it('leads by #t to the line that was said then', async (context) => {
  const second = calls[2]?.id ?? '';
  const page = await open(context, `/calls/${second}#t=20.5`);
  const lit = page.locator('.line.lit');
  await lit.waitFor();
  await expect.poll(() => lit.allInnerTexts()).toEqual([expect.stringContaining('0:20')]);
  await page.getByRole('link', { name: 'Link to 0:10' }).first().click();
  await expect.poll(() => lit.allInnerTexts()).toEqual([expect.stringContaining('0:10')]);
  expect(page.url()).toMatch(/#t=\d+\.\d$/);
});
