// The same call with every kind of published agent: the caller cannot tell.
import { describe, it } from 'vitest';
import { PUBLISHED } from '../../sandbox/published.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

describe.concurrent('a whole call', () => {
  it.for(PUBLISHED.map((one) => [one.form, one] as const))('with %s', async ([, published], test) => {
    const sandbox = await quickSandbox(test, { published });
    const caller = await sandbox.call();
    await caller.hears('Hello, this is Bloom and Stem. How can I help you?');
    await caller.says('When are you open?');
    await caller.hears('We are open from 9 to 6, Monday to Saturday. On Sundays we are closed,');
    await caller.hears('but you can order online.');
    await caller.says('Tell me about your shop.');
    await caller.hears('She grew every flower herself');
    await caller.says('Sorry, how much are roses?');
    await caller.hears('$45.50');
    await caller.says('Thank you, goodbye.');
    await caller.hears('You are welcome. Have a lovely day!');
    caller.hangsUp();
  });

  it.for(PUBLISHED.map((one) => [one.form, one] as const))(
    'that %s opens itself',
    async ([, published], test) => {
      const sandbox = await quickSandbox(test, { published, env: { GREETING: '' } });
      const caller = await sandbox.call();
      await caller.hears('Hello, this is Bloom and Stem. How can I help you?');
      caller.hangsUp();
    },
  );
});
