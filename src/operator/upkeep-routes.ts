// What a person needs to know whether the relay can take calls: the doctor's checks, told as they are made, and the environment
// without its secrets.
import express, { type Router } from 'express';
import { z } from 'zod';
import type { Check } from '../call/check.ts';
import { check } from '../http/checking.ts';
import { answer, type ApiPaths, refusals } from '../http/openapi.ts';
import { answerProblem, answerProblems } from '../http/problems.ts';

export interface UpkeepOptions {
  /** `spends`: with those that cost something at a vendor. null: this program has none. */
  readonly checks: ((spends: boolean) => Promise<readonly Check[]>) | null;
  readonly configuration: z.infer<typeof configurationSchema>['variables'];
  readonly closing: AbortSignal;
  readonly onBug: (error: unknown) => void;
}

const checksQuery = z.strictObject({
  spend: z
    .union([z.boolean(), z.stringbool()])
    .default(false)
    .meta({ description: 'Also has a sentence spoken and heard by Realtime, which costs a cent or so.' }),
});

const configurationSchema = z
  .strictObject({
    variables: z
      .array(
        z.strictObject({
          name: z.string(),
          is: z.enum(['set', 'default', 'missing']),
          value: z.string().nullable().meta({ description: 'null for a secret, and where there is none.' }),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Configuration' });

/** Must stand behind the operator's token. Checks run one at a time: each asks vendors and the public address. */
export function upkeepRoutes({ checks, configuration, closing, onBug }: UpkeepOptions): Router {
  const router = express.Router();
  let isChecking = false;
  router.get('/configuration', (_req, res) => void res.json({ variables: configuration }));
  router.get('/checks', async (req, res) => {
    const query = check(checksQuery, req.query);
    if (query.is === 'wrong') return answerProblems(res, query.problems);
    if (checks === null)
      return answerProblem(res, { code: 'not_found', message: 'This program checks nothing.' });
    if (isChecking)
      return answerProblem(res, { code: 'too_many_watchers', message: 'The checks run already. Try again.' });
    isChecking = true;
    res.type('text/event-stream').set('X-Accel-Buffering', 'no');
    const send = (event: string, data: object): void => {
      if (!res.destroyed) res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    try {
      if (req.method !== 'HEAD')
        for (const { name, run } of await checks(query.value.spend)) {
          if (res.destroyed || closing.aborted) break;
          send('check', { name });
          send('finding', { name, ...(await run()) });
        }
      res.end();
    } catch (error) {
      onBug(error);
      res.destroy();
    } finally {
      isChecking = false;
    }
  });
  return router;
}

const tags = ['Operation'];

export const UPKEEP_PATHS: ApiPaths = {
  '/checks': {
    get: {
      tags,
      summary: 'Check everything that a call needs',
      description:
        'Server-sent events, one by one: `check` with the `name` of the check that begins, and `finding` with `name`, `is` (fine, wrong, unknown), `saw` and `todo`. As `npm run doctor`.',
      requestParams: { query: checksQuery },
      responses: {
        200: { description: 'The findings.', content: { 'text/event-stream': {} } },
        ...refusals(['invalid_request', 'not_found', 'too_many_watchers'], {
          not_found: 'a program of your own has no checks',
        }),
      },
    },
  },
  '/configuration': {
    get: {
      tags,
      summary: 'The environment, without its secrets',
      responses: { 200: answer('Each variable.', configurationSchema) },
    },
  },
};
