// Calls that a person places from the page, against the sandbox's real telephones.
import type { Page } from 'playwright-core';
import { describe, expect, it, type TestContext } from 'vitest';
import { quickCaller, MAY_CALL_OUT } from '../../support/calling-out.ts';
import type { Visit } from '../a-browser.ts';
import { aStage } from '../stage.ts';

const ANN = '+15551230001';
const { open, sandbox } = aStage({
  env: { ...MAY_CALL_OUT, AGENT_WORKFLOW_ID: 'agent_quick', GREETING: '' },
  openAi: { agents: { agent_quick: quickCaller } },
});
/** The browser tells of every refusal in its console. */
const REFUSED = /status of 4(?:03|09|22|29)/;

async function opened(context: TestContext, visit: Visit = {}): Promise<Page> {
  const page = await open(context, '/place', visit);
  await page.getByText('Fill in whom to call').waitFor();
  return page;
}

describe('the page to place a call', () => {
  it('checks while somebody types, calls once at a double click, and opens the call', async (context) => {
    const page = await opened(context);
    sandbox().twilio.callee(ANN, 'busy');
    await page.getByLabel('To', { exact: true }).fill('+1 555 123 0001');
    await page.getByText('The relay would place this call.').waitFor();
    await page.getByLabel('at', { exact: true }).fill('tomorrow at two');
    await page.getByText('0 of 100').waitFor();
    await page.getByRole('button', { name: 'Call now' }).dblclick();
    await page.waitForURL(/\/app\/calls\/[\w-]+$/);
    await page.getByText('busy').first().waitFor();
    expect(sandbox().twilio.orders).toHaveLength(1);
    await page.getByRole('tab', { name: 'Result' }).click();
    await page.getByText('Remind them of the appointment').waitFor();

    await page.getByRole('link', { name: 'Place' }).click();
    await page.getByText('1 of 100').waitFor();
    await page.getByRole('button', { name: /Reminder, again/ }).click();
    expect(await page.getByLabel('To', { exact: true }).inputValue()).toBe('+1 555 123 0001');
  });

  it('says each refusal beside its field, and goes to the first of them', async (context) => {
    const page = await opened(context, { expects: REFUSED });
    const to = page.getByLabel('To', { exact: true });
    await to.fill('12');
    await page.getByText('Not a phone number in E.164').waitFor();
    await page.getByLabel('Task', { exact: true }).fill(' ');
    await page.getByLabel('At most, in minutes').fill('500');
    await page.getByText('Leave a message').click();
    await page.getByText('Callback and metadata').click();
    await page.getByLabel('Callback address').fill('ftp://files.example');
    await page.getByRole('button', { name: '⇄ JSON Schema' }).click();
    await page.getByLabel('JSON Schema of the result').fill('{"type":');
    await page.getByRole('button', { name: 'Call now' }).click();
    const toldOf = async (label: string): Promise<string> => {
      const id = await page.getByLabel(label, { exact: true }).getAttribute('aria-describedby');
      return page.locator(`[id="${id}"]`).innerText();
    };
    await expect.poll(() => toldOf('To')).toContain('Not a phone number');
    await expect.poll(() => toldOf('Task')).toContain('must not be empty');
    await expect.poll(() => toldOf('At most, in minutes')).toContain('120');
    await expect.poll(() => toldOf('Message after the beep')).toContain('must not be empty');
    await expect.poll(() => toldOf('Callback address')).toContain('An https:// address');
    await page.getByText('This is no JSON').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.labels?.[0]?.textContent')).toBe('To');
    await to.fill('+49 30 12345678');
    await expect.poll(() => toldOf('To')).toContain('OUTBOUND_ALLOW');
  });

  it('counts down to when a refused call is possible, and asks again', async (context) => {
    const page = await opened(context, { expects: REFUSED });
    const error = { code: 'rate_limited', message: 'This number was called a moment ago.', field: 'to' };
    await page.getByLabel('To', { exact: true }).fill('+15551230002');
    await page.getByText('The relay would place this call.').waitFor();
    await page.route('**/calls', (route) =>
      route.fulfill({ status: 429, headers: { 'retry-after': '2' }, json: { error } }),
    );
    await page.getByRole('button', { name: 'Call now' }).click();
    await page.getByText(error.message).waitFor();
    await page.getByText(/Possible again in 0:0\d/).waitFor();
    expect(await page.getByRole('button', { name: 'Call now' }).isDisabled()).toBe(true);
    await page.getByText('The relay would place this call.').waitFor();
    expect(await page.getByRole('button', { name: 'Call now' }).isDisabled()).toBe(false);
  });

  it('changes between rows and JSON Schema without losing anything, and keeps words during a look elsewhere', async (context) => {
    const page = await opened(context);
    await page.getByText('Own words').click();
    await page.getByRole('button', { name: '+ choice' }).click();
    await page.getByLabel('Name of value 1').fill('meal');
    await page.getByLabel('Choices of value 1').fill('fish, meat');
    await page.getByRole('button', { name: '⇄ JSON Schema' }).click();
    const text = page.getByLabel('JSON Schema of the result');
    expect(JSON.parse(await text.inputValue())).toMatchObject({
      properties: { meal: { enum: ['fish', 'meat'] } },
    });
    await text.fill('{"type":"object","properties":{"n":{"type":"integer"}}}');
    await page.getByText('rows cannot say all of this').waitFor();
    await text.fill('{"type":"object","properties":{"n":{"type":"number"}}}');
    await page.getByRole('button', { name: '⇄ Rows' }).click();
    await page.getByRole('link', { name: 'Calls' }).first().click();
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    expect(await page.getByLabel('Name of value 1').inputValue()).toBe('n');
  });

  it('places no call by Enter in a field', async (context) => {
    const page = await opened(context);
    const before = sandbox().twilio.orders.length;
    await page.getByLabel('To', { exact: true }).fill('+15551230003');
    await page.getByText('The relay would place this call.').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Calls' }).first().click();
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    expect(sandbox().twilio.orders).toHaveLength(before);
  });
});
