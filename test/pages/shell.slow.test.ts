import { describe, expect, it } from 'vitest';
import { aStage } from './stage.ts';

const { url, link, open, visit } = aStage();
const REFUSED = /status of 40[13]/;

describe('signing in', () => {
  it('takes the token, keeps it nowhere, and forgets everything at sign-out', async (context) => {
    const page = await visit(context, `${url()}/app/calls`, { expects: REFUSED });
    await page.getByLabel('Operator token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText("This is not the operator's token.").waitFor();
    await page.getByLabel('Operator token').fill('operator-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain(
      'operator-token',
    );
    await page.reload();
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Operator token').waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  it('takes the code of a link once, and out of the address', async (context) => {
    const once = await link();
    const page = await visit(context, once);
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    expect(page.url()).toBe(`${url()}/app`);
    const other = await visit(context, once, { expects: REFUSED });
    await other.getByText('The code was used').waitFor();
  });
});

describe('the shell', () => {
  it('says that the sandbox is no telephone network', async (context) => {
    const page = await open(context);
    await page.getByText('nobody is really called').waitFor();
  });

  it('says over every view but Health that the relay takes no calls, and that it does again', async (context) => {
    const page = await open(context, '', { expects: /status of 503/ });
    const notReady = { status: 'not-ready', reason: 'full', reasons: ['full'], warnings: [] };
    await page.route('**/ready', (route) => route.fulfill({ status: 503, json: notReady }));
    const banner = page.getByText('As many calls are live as the relay takes');
    await banner.waitFor();
    await page.getByRole('banner').getByRole('link', { name: 'Health' }).last().click();
    await banner.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Place' }).click();
    await banner.waitFor();
    await page.unroute('**/ready');
    await banner.waitFor({ state: 'detached' });
  });

  it('changes the scheme by a switch and remembers it', async (context) => {
    const page = await open(context, '', { colorScheme: 'light' });
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Dark', pressed: true }).waitFor();
  });

  it('lists the keys at ?, and stops taking keys when they are switched off', async (context) => {
    const page = await open(context);
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    await help.getByText('Open Calls').waitFor();
    await help.getByRole('switch').uncheck();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    expect(await help.count()).toBe(0);
  });
});
