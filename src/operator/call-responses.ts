// What is told of calls: the public shape, which programs are written against. It only ever gains fields. Nothing internal is
// in it: what the relay needs to go on with a call (leases, the agent's memory) stays here.
import { z } from 'zod';
import type { Json } from '../call/json.ts';

const instant = z.iso.datetime();
const seconds = z.number().min(0);
const json = z.custom<Json>();
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

const finding = z.strictObject({
  pointer: z.string().meta({ description: 'The value, by its JSON Pointer.' }),
  is: z.enum(['supported', 'unsupported']).meta({ description: '`unsupported`: nobody said what it holds.' }),
  evidence: z.array(
    z.strictObject({
      line: count.meta({ description: 'Its index in the transcript.' }),
      who: z.enum(['caller', 'agent', 'relay']),
      text: z.string(),
    }),
  ),
});

export const resultSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('answered'), value: json, findings: z.array(finding) }),
  z.strictObject({
    status: z.literal('not-reached'),
    why: z.string().meta({ description: 'The end reason of the call.' }),
  }),
  z.strictObject({ status: z.literal('failed'), problems: z.array(z.string()) }),
]);

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
  direction: z.enum(['inbound', 'outbound']),
  stage: z.enum(['queued', 'dialling', 'ringing', 'in-progress', 'ended']),
  from: z.string(),
  to: z.string(),
  profile: z.string(),
  startedAt: instant.meta({ description: 'Of a call out: when it was asked for.' }),
  endedAt: instant.nullable(),
  endReason: z.string().nullable(),
  durationS: seconds.nullable().meta({ description: 'From `startedAt` to `endedAt`.' }),
  answeredBy: z.enum(['human', 'machine', 'fax', 'unknown']).nullable(),
  isSettled: z.boolean().meta({ description: 'Ended, and its result made, if one was wanted.' }),
  metadata: z.record(z.string(), z.string()),
};

export const callSummarySchema = z.strictObject(facts);

export const callSchema = z.strictObject({
  ...facts,
  task: z
    .strictObject({
      type: z.enum(['appointment_reminder', 'survey', 'notification', 'custom']),
      prompt: z.string(),
      context: z.record(z.string(), json),
    })
    .nullable()
    .meta({ description: 'What a call out is for.' }),
  place: count.nullable().meta({ description: 'How many go before it, while it waits to be dialled.' }),
  transcript: z.array(transcriptLine),
  result: resultSchema.nullable().meta({ description: 'null: none was wanted, or it is not made yet.' }),
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
