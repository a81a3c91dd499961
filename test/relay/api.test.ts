// The OpenAPI document against a running relay: every operation exists, and needs the token if the document says so.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { TOKEN } from '../support/calling-out.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ security: z.array(z.unknown()).optional(), responses: z.record(z.string(), z.unknown()) }),
    ),
  ),
});

it('the relay answers every operation as described, and refuses it without the token', async (test) => {
  const { relayUrl } = await quickSandbox(test, { env: { OPERATOR_TOKEN: TOKEN, METRICS_PUBLIC: '0' } });
  const { paths } = documentSchema.parse(await (await fetch(`${relayUrl}/openapi.json`)).json());
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(operations.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['/ready', '/calls', '/calls/{id}/say', '/text-to-speech', '/profiles']),
  );
  for (const { path, method, operation } of operations) {
    const url = relayUrl + path.replace('{id}', 'CA1');
    const what = `${method} ${path}`;
    const withoutToken = await fetch(url, { method });
    await withoutToken.body?.cancel();
    const isOpen = operation.security?.length === 0;
    expect(withoutToken.status === 401, what).toBe(!isOpen);
    if (path.endsWith('/events')) continue;
    const answer = await fetch(url, { method, headers: { authorization: `Bearer ${TOKEN}` } });
    const body = await answer.text();
    expect(Object.keys(operation.responses), `${what} ${body}`).toContain(String(answer.status));
    // The relay's answer for an unknown path.
    expect(body, what).not.toContain('There is nothing at this address.');
  }
});
