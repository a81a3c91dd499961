// What is told of calls: the public shape, which programs are written against. It only ever gains fields. Nothing internal is
// in it: what the relay needs to go on with a call (leases, the agent's memory) stays here.
import { z } from 'zod';
import { answeredBySchema, callStageSchema, taskTypeSchema } from '../call/assignment.ts';
import { callDirectionSchema } from '../call/call-record.ts';
import { publicResultSchema } from '../call/call-result.ts';
import { jsonSchema } from '../call/json.ts';

const instant = z.iso.datetime();
const seconds = z.number().min(0);
const count = z.int().min(0);

const transcriptLine = z
  .discriminatedUnion('who', [
    z.strictObject({
      at: instant,
      who: z.literal('caller'),
      by: z.enum(['voice', 'keys']),
      said: z.string(),
    }),
    z.strictObject({
      at: instant,
      who: z.literal('agent'),
      said: z.string().meta({ description: 'All that the agent wrote.' }),
      heard: z.string().nullable().meta({ description: 'What of it was heard; null: nobody knows.' }),
      outcome: z.enum(['done', 'interrupted', 'joined', 'failed']).nullable(),
    }),
    z.strictObject({
      at: instant,
      who: z.literal('relay'),
      line: z
        .string()
        .meta({ description: 'Which of its fixed lines; `operator` for what somebody had it say.' }),
      said: z.string(),
    }),
  ])
  .meta({ description: '`caller` is whoever speaks with the agent, of a call out too.' });

const callbackSchema = z.strictObject({
  id: z.string(),
  url: z.string(),
  createdAt: instant,
  attempts: count,
  nextAt: instant.nullable().meta({ description: 'null: delivered, or given up.' }),
  deliveredAt: instant.nullable(),
  lastProblem: z.string().nullable().meta({ description: 'A status or a code.' }),
});

const facts = {
  id: z.string(),
  sid: z.string().nullable().meta({ description: "Twilio's name for it; null while there is none." }),
  direction: callDirectionSchema,
  stage: callStageSchema,
  from: z.string(),
  to: z.string(),
  profile: z.string(),
  startedAt: instant.meta({ description: 'Of a call out: when it was asked for.' }),
  endedAt: instant.nullable(),
  endReason: z.string().nullable(),
  durationS: seconds.nullable().meta({ description: 'From `startedAt` to `endedAt`.' }),
  answeredBy: answeredBySchema.nullable(),
  isSettled: z.boolean().meta({ description: 'Ended, and its result made, if one was wanted.' }),
  metadata: z.record(z.string(), z.string()),
};

export const callSummarySchema = z.strictObject(facts);

export const callSchema = z.strictObject({
  ...facts,
  task: z
    .strictObject({
      type: taskTypeSchema,
      prompt: z.string(),
      context: z.record(z.string(), jsonSchema),
    })
    .nullable()
    .meta({ description: 'What a call out is for.' }),
  place: count.nullable().meta({ description: 'How many go before it, while it waits to be dialled.' }),
  transcript: z.array(transcriptLine),
  result: publicResultSchema
    .nullable()
    .meta({ description: 'null: none was wanted, or it is not made yet.' }),
  callbacks: z.array(callbackSchema),
  hasRecording: z.boolean(),
  position: count.meta({ description: 'Of the last event that is in this view: for `since`.' }),
});

export const callPageSchema = z.strictObject({
  calls: z.array(callSummarySchema),
  next: z.string().nullable().meta({ description: 'The `cursor` of the next page; null: this is the last.' }),
});

export const steeredSchema = z.strictObject({
  status: z.literal('accepted').meta({ description: 'It is being done, by the process that has the call.' }),
});

/** `data` of an event of the feeds; what else it holds goes by its type. */
export const feedEventSchema = z.looseObject({ callId: z.string(), at: instant, type: z.string() });
