// What a call brought back: as the store keeps it, and as the API, the callbacks and the CLI show it.
import { z } from 'zod';
import { jsonSchema } from './json.ts';

/** A line of the transcript that supports a value. */
const evidenceSchema = z
  .object({
    line: z.int().min(0).meta({ description: 'Its index in the transcript.' }),
    who: z.enum(['caller', 'agent', 'relay']),
    text: z.string(),
  })
  .readonly();

/** One value of a result, by its JSON Pointer. Not supported: nobody said what it holds, or nobody stood by it. */
const findingSchema = z
  .object({
    pointer: z.string(),
    evidence: z.array(evidenceSchema).readonly(),
    isSupported: z.boolean(),
    doubt: z.enum(['hedged', 'retracted']).optional(),
  })
  .readonly();

export const callResultSchema = z
  .discriminatedUnion('is', [
    z.object({
      is: z.literal('answered'),
      /** null where only a summary was wanted. */
      value: jsonSchema,
      findings: z.array(findingSchema).readonly(),
      /** In the agent's words, which nothing was compared with. */
      summary: z.string().optional(),
    }),
    /** The call reached nobody, so the agent was not asked: `why` is the call's end reason. */
    z.object({ is: z.literal('not-reached'), why: z.string() }),
    /** The agent was asked twice and gave nothing that fits. `problems` hold no words of the call. */
    z.object({ is: z.literal('failed'), problems: z.array(z.string()).readonly() }),
  ])
  .readonly();

export type Evidence = z.infer<typeof evidenceSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type CallResult = z.infer<typeof callResultSchema>;

const publicFindingSchema = z.object({
  pointer: z.string().meta({ description: 'The value, by its JSON Pointer.' }),
  is: z.enum(['supported', 'unsupported', 'hedged', 'retracted']).meta({
    description:
      '`unsupported`: nobody said what it holds. `hedged`: said, but not for certain. `retracted`: said, and taken back.',
  }),
  evidence: z.array(evidenceSchema).readonly(),
});

/** The public shape: it only ever gains fields. */
export const publicResultSchema = z
  .discriminatedUnion('status', [
    z.object({
      status: z.literal('answered'),
      value: jsonSchema.meta({ description: 'null: only a summary was wanted.' }),
      findings: z.array(publicFindingSchema),
      summary: z.string().optional().meta({
        description: "What the call was about, in the agent's words; nothing was compared with them.",
      }),
    }),
    z.object({
      status: z.literal('not-reached'),
      why: z.string().meta({ description: 'The end reason of the call.' }),
    }),
    z.object({ status: z.literal('failed'), problems: z.array(z.string()).readonly() }),
  ])
  .meta({ id: 'CallResult' });

export type PublicResult = z.infer<typeof publicResultSchema>;

export function publicResult(result: CallResult): PublicResult {
  switch (result.is) {
    case 'answered': {
      const { value, findings, summary } = result;
      return {
        status: 'answered',
        value,
        findings: findings.map(({ pointer, evidence, isSupported, doubt }) => ({
          pointer,
          is: isSupported ? 'supported' : (doubt ?? 'unsupported'),
          evidence,
        })),
        ...(summary === undefined ? {} : { summary }),
      };
    }
    case 'not-reached':
      return { status: 'not-reached', why: result.why };
    case 'failed':
      return { status: 'failed', problems: result.problems };
  }
}
