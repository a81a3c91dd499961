// What health-routes.ts answers, described.
import { z } from 'zod';
import { type ApiPaths, json } from '../http/openapi.ts';

const warnings = z.array(z.string());
const alive = z.strictObject({ status: z.literal('alive') });
const ready = z.strictObject({ status: z.literal('ready'), warnings });
const notReady = z.strictObject({
  status: z.literal('not-ready'),
  reason: z.string(),
  reasons: z.array(z.string()),
  warnings,
});
const tags = ['Operation'];

export const OPERATOR_PATHS: ApiPaths = {
  '/health': {
    get: {
      tags,
      summary: 'Whether the process is alive',
      security: [],
      responses: { 200: { description: 'It is.', content: json(alive) } },
    },
  },
  '/ready': {
    get: {
      tags,
      summary: 'Whether the relay accepts calls now',
      security: [],
      responses: {
        200: { description: 'It does.', content: json(ready) },
        503: { description: 'It does not.', content: json(notReady) },
      },
    },
  },
  '/metrics': {
    get: {
      tags,
      summary: 'The counters, for Prometheus',
      responses: { 200: { description: "Prometheus' text format.", content: { 'text/plain': {} } } },
    },
  },
};
