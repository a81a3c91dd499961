// What routes.ts and docs.ts answer, described.
import { z } from 'zod';
import type { ApiPath } from '../http/openapi.ts';

const ready = { warnings: z.array(z.string()) };

export const OPERATOR_PATHS: readonly ApiPath[] = [
  {
    path: '/health',
    method: 'get',
    tag: 'Operation',
    summary: 'Whether the process is alive',
    isOpen: true,
    responses: { 200: { description: 'It is.', schema: z.strictObject({ status: z.literal('alive') }) } },
  },
  {
    path: '/ready',
    method: 'get',
    tag: 'Operation',
    summary: 'Whether a call would be taken now',
    isOpen: true,
    responses: {
      200: { description: 'It would.', schema: z.strictObject({ status: z.literal('ready'), ...ready }) },
      503: {
        description: 'It would not.',
        schema: z.strictObject({
          status: z.literal('not-ready'),
          reason: z.string(),
          reasons: z.array(z.string()),
          ...ready,
        }),
      },
    },
  },
  {
    path: '/metrics',
    method: 'get',
    tag: 'Operation',
    summary: 'The counters, for Prometheus',
    responses: { 200: { description: 'Text, as Prometheus reads it.', contentType: 'text/plain' } },
  },
];
