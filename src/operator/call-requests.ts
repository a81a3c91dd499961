// Schemas of the calls' requests: they check requests and describe them (calls-openapi.ts). An unknown field is an error, because
// a misspelt `maxMinute` would be a call without its bound.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Assignment, callStageSchema, taskTypeSchema } from '../call/assignment.ts';
import { callDirectionSchema } from '../call/call-record.ts';
import { INSIGHT_GROUPS } from '../call/insights.ts';
import { jsonSchema } from '../call/json.ts';
import { E164 } from '../call/phone-number.ts';
import type { ToRehearse } from '../call/rehearsal.ts';
import type { Steering } from '../call/steering.ts';
import { check, type Checked, wrong } from '../http/checking.ts';
import type { Problem } from '../http/problems.ts';

/** Twilio allows up to 600 s. */
const RING_S = { least: 5, most: 120, usual: 30 };
const MINUTES = { least: 1, most: 120, usual: 10 };
const MOST_METADATA = 20;
const CONTEXT_BYTES = 8 * 1024;
const RESULT_BYTES = 16 * 1024;
export const LONGEST_WAIT_S = 60;
export const MOST_LISTED = 100;

const jsonObject = (bytes: number) =>
  z
    .record(z.string().max(200), jsonSchema)
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= bytes, {
      error: `At most ${bytes} bytes of JSON.`,
    });

export const phoneNumber = z
  .string()
  .regex(E164, 'Not a phone number in E.164: +, country code and number, as +15551234567.');

const words = (most: number) =>
  z.string().max(most, `At most ${most} characters.`).regex(/\S/, 'This must not be empty.');

// ---- POST /calls ----

const EXAMPLE = {
  to: '+15551234567',
  task: {
    type: 'appointment_reminder',
    prompt: 'Remind Ann of her appointment, and ask whether she will come.',
    context: { at: 'tomorrow at two', with: 'Dr. Lee' },
  },
  result: {
    type: 'object',
    properties: { isConfirmed: { type: 'boolean' } },
    required: ['isConfirmed'],
  },
};

export const callbackUrl = z
  .string()
  .max(2000)
  .refine(isCallbackUrl, 'An https:// address without a user name or password in it.');

export const placeCallBody = z
  .strictObject({
    to: phoneNumber.meta({ description: 'Whom to call, in E.164.', examples: ['+15551234567'] }),
    profile: z
      .string()
      .min(1)
      .max(100)
      .exactOptional()
      .meta({ description: 'The profile; by default `default`, or the first one.' }),
    task: z
      .strictObject({
        type: taskTypeSchema.default('custom'),
        prompt: words(4000).meta({ description: 'What the agent should do, in your words.' }),
        context: jsonObject(CONTEXT_BYTES)
          .default({})
          .meta({ description: 'What else the agent needs to know: at most 8 KB of JSON.' }),
      })
      .meta({ description: 'The purpose of the call.' }),
    voicemail: z
      .enum(['leave', 'hang-up'])
      .default('hang-up')
      .meta({ description: 'What to do if an answering machine answers.' }),
    voicemailMessage: words(1000).exactOptional().meta({
      description: 'The message to leave after the beep; required with `leave`, and only allowed with it.',
    }),
    result: jsonObject(RESULT_BYTES)
      .exactOptional()
      .meta({ description: 'A JSON Schema of the result: at most 16 KB.' }),
    callbackUrl: callbackUrl.exactOptional().meta({
      description:
        'Receives status changes and the result, signed. http:// only with CALLBACK_ALLOW_PRIVATE.',
      format: 'uri',
    }),
    ringTimeoutS: z.int().min(RING_S.least).max(RING_S.most).default(RING_S.usual),
    maxMinutes: z.int().min(MINUTES.least).max(MINUTES.most).default(MINUTES.usual),
    metadata: z
      .record(z.string().max(100), z.string().max(500))
      .refine((given) => Object.keys(given).length <= MOST_METADATA, `At most ${MOST_METADATA} entries.`)
      .default({})
      .meta({ description: 'Returned with every report of the call.' }),
  })
  .meta({ examples: [EXAMPLE] });

export const placeCallQuery = z.strictObject({
  'dry-run': z
    .enum(['', 'true', '1'])
    .exactOptional()
    .meta({ description: 'Says what would refuse the call, all at once, and places none.' }),
});

export const placeCallHeaders = z.strictObject({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'From 1 to 255 characters of plain ASCII.')
    .exactOptional()
    .meta({ description: 'A repeated key with the same body returns the first call.' }),
});

/** As much of a wrong request as a fence can still refuse; null without a number. */
export function rehearsableIn(body: unknown): ToRehearse | null {
  const { data } = z.object(placeCallBody.pick({ to: true }).shape).safeParse(body);
  if (data === undefined) return null;
  return { to: data.to, maxMinutes: MINUTES.usual, result: null, callbackUrl: null };
}

interface Allowed {
  readonly profiles: readonly string[];
  readonly httpCallbacks: boolean;
}

/** Rules across fields are checked even if a field is wrong, so that one error hides no other. */
export function assignmentFrom(body: unknown, allowed: Allowed): Checked<Assignment> {
  const checked = check(placeCallBody, body);
  const problems = acrossFields(body, allowed);
  if (checked.is === 'wrong') return wrong(...checked.problems, ...problems);
  if (problems.length > 0) return wrong(...problems);
  const { to, profile, task, voicemailMessage, result, callbackUrl, ringTimeoutS, maxMinutes, metadata } =
    checked.value;
  return {
    is: 'right',
    value: {
      to,
      profile: profile ?? usualOf(allowed.profiles),
      task,
      voicemail: voicemailMessage ?? null,
      result: result ?? null,
      callbackUrl: callbackUrl ?? null,
      ringTimeoutS,
      maxMinutes,
      metadata,
    },
  };
}

const acrossFieldsOf = z.object({
  profile: z.string().optional().catch(undefined),
  voicemail: z.string().optional().catch(undefined),
  voicemailMessage: z.unknown().optional(),
  callbackUrl: z.string().optional().catch(undefined),
});

function acrossFields(body: unknown, { profiles, httpCallbacks }: Allowed): Problem[] {
  const parsed = acrossFieldsOf.safeParse(body);
  if (!parsed.success) return [];
  const { profile, voicemail, voicemailMessage, callbackUrl = '' } = parsed.data;
  const problems: Problem[] = [];
  const report = (field: string, message: string): void =>
    void problems.push({ code: 'invalid_request', field, message });
  if (!httpCallbacks && URL.parse(callbackUrl)?.protocol === 'http:')
    report('callbackUrl', 'An https:// address; http:// only with CALLBACK_ALLOW_PRIVATE.');
  if (profile !== undefined && profile !== '' && !profiles.includes(profile))
    report('profile', 'No profile has this name.');
  if (voicemail === 'leave' && voicemailMessage === undefined)
    report('voicemailMessage', 'Required with voicemail "leave".');
  if (voicemail !== 'leave' && voicemailMessage !== undefined)
    report('voicemailMessage', 'Only allowed with voicemail "leave".');
  return problems;
}

function usualOf(profiles: readonly string[]): string {
  return profiles.includes('default') ? 'default' : (profiles[0] ?? 'default');
}

function isCallbackUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

/** Equal for equal requests, whatever the order of their fields, with defaults given or left out. */
export function fingerprintOf(assignment: Assignment): string {
  const ordered = JSON.stringify(assignment, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
  return createHash('sha256').update(ordered).digest('hex');
}

// ---- GET /calls, GET /calls/:id, feeds ----

/** In ms since the epoch. */
const instant = z.iso
  .datetime({ offset: true, error: 'Not an instant in ISO 8601, as 2026-11-21T09:00:00Z.' })
  .transform((written) => Date.parse(written));

/** As a query has it, or as JSON. */
const yesOrNo = z.union([z.boolean(), z.stringbool()]);

export const listQuery = z.strictObject({
  state: z.enum(['live', 'ended']).exactOptional(),
  stage: callStageSchema.exactOptional(),
  direction: callDirectionSchema.exactOptional(),
  via: z.enum(['phone', 'browser']).exactOptional(),
  endReason: z.string().min(1).max(100).exactOptional(),
  profile: z.string().min(1).max(100).exactOptional(),
  needsAttention: yesOrNo
    .exactOptional()
    .meta({ description: 'Whether there is a reason to look at it; `attention` of a call says which.' }),
  number: z
    .string()
    .min(1)
    .max(256)
    // An unescaped + arrives as a space.
    .transform((number) => number.replace(/^ (?=\d)/, '+'))
    .exactOptional()
    .meta({ description: 'Either end of the call, in E.164; + may be written as %2B.' }),
  since: instant.exactOptional().meta({ description: 'Started at this instant or later.' }),
  until: instant.exactOptional().meta({ description: 'Started before this instant.' }),
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(20),
  cursor: z.string().max(300).exactOptional().meta({ description: '`next` of the previous page.' }),
  counts: yesOrNo
    .default(false)
    .meta({ description: 'Also says how many calls there are of each kind, on all pages.' }),
});

const LONGEST_STEP_S = 31 * 86_400;
const MOST_STRETCHES = 1000;

export const insightsQuery = z
  .strictObject({
    since: instant.meta({ description: 'Calls that started at this instant or later.' }),
    until: instant.meta({ description: 'Calls that started before this instant.' }),
    step: z.coerce
      .number()
      .int()
      .min(60)
      .max(LONGEST_STEP_S)
      .default(3600)
      .meta({ description: `Seconds of a stretch; at most ${MOST_STRETCHES} of them.` }),
    by: z.enum(INSIGHT_GROUPS).default('none').meta({ description: 'Tells calls apart.' }),
    via: z
      .enum(['phone', 'browser', 'all'])
      .default('phone')
      .meta({ description: 'Calls from browsers are tests, and left out unless asked for.' }),
  })
  .refine(({ since, until }) => since < until, { error: '`since` must be before `until`.', path: ['until'] })
  .refine(({ since, until, step }) => (until - since) / (step * 1000) <= MOST_STRETCHES, {
    error: `At most ${MOST_STRETCHES} stretches: take a longer step.`,
    path: ['step'],
  });

export const viewQuery = z.strictObject({
  wait: z.coerce.number().int().min(0).max(LONGEST_WAIT_S).default(0).meta({
    description: 'Seconds to wait for a change, or for the end of the call.',
  }),
  since: z.coerce.number().int().min(0).exactOptional().meta({
    description: '`position` of the view that you have; without it, only later changes count.',
  }),
});

export const peaksQuery = z.strictObject({
  n: z.coerce.number().int().min(1).max(4000).default(1000).meta({ description: 'How many stretches.' }),
});

export const feedHeaders = z.strictObject({
  'Last-Event-ID': z
    .string()
    .regex(/^\d{1,15}$/, 'Not the id of an event of this feed.')
    .exactOptional()
    .meta({ description: 'Continues after this event.' }),
});

// ---- steering ----

export const hangUpBody = z.strictObject({}).transform((): Steering => ({ type: 'hang-up' }));
export const transferBody = z
  .strictObject({ to: phoneNumber.meta({ description: "A number that the call's profile allows." }) })
  .transform(({ to }): Steering => ({ type: 'transfer', to }));
export const sayBody = z
  .strictObject({ text: words(1000).meta({ description: 'Spoken as written, now.' }) })
  .transform(({ text }): Steering => ({ type: 'say', text }));
export const noteBody = z
  .strictObject({
    text: words(1000).meta({ description: "The agent receives it with the other side's next words." }),
  })
  .transform(({ text }): Steering => ({ type: 'note', text }));
