// A sample to a callback URL, sent from the page.
import { expect, it } from 'vitest';
import { aReceiver } from '../../support/callback-receiver.ts';
import { aStage } from '../stage.ts';

const { open } = aStage({ env: { CALLBACK_SECRET: 'callback-secret', CALLBACK_ALLOW_PRIVATE: '1' } });

it('a sample is sent to a callback URL, and the page says what came of it', async (context) => {
  const { url, received } = await aReceiver(context);
  const page = await open(context, '/health');
  const card = page.getByRole('region', { name: 'Callbacks' });
  await card.getByLabel('Callback URL').fill(url);
  await page.keyboard.press('Enter');
  await card.getByText(/Taken, in \d+ ms\./).waitFor();
  expect(received).toHaveLength(1);
  // Nobody listens on port 1.
  await card.getByLabel('Callback URL').fill('http://127.0.0.1:1/');
  await card.getByRole('button', { name: 'Send a sample' }).click();
  await card.getByText('Nobody listens there.').waitFor();
});
