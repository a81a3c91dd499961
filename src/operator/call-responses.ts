// The public shape of calls. Programs depend on it, so it only ever gains fields. It holds nothing internal, such as leases or
// the agent's memory.
import { z } from 'zod';
import { answeredBySchema, callStageSchema, taskTypeSchema } from '../call/assignment.ts';
import { callDirectionSchema } from '../call/call-record.ts';
import { publicResultSchema } from '../call/call-result.ts';
import { ATTENTION } from '../call/call-summary.ts';
import { callCostSchema } from '../call/ledger.ts';
import { jsonSchema } from '../call/json.ts';
import { problemItem } from '../http/problems.ts';

export const instant = z.iso.datetime();
const seconds = z.number().min(0);
const count = z.int().min(0);
const milliseconds = z.number().min(0);

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
      said: z.string().meta({ description: 'Everything that the agent wrote.' }),
      heard: z.string().nullable().meta({ description: 'The part that was heard; null if unknown.' }),
      outcome: z.enum(['done', 'interrupted', 'joined', 'failed']).nullable(),
    }),
    z.strictObject({
      at: instant,
      who: z.literal('relay'),
      line: z
        .string()
        .meta({ description: 'The name of the fixed line; `operator` for a text spoken by command.' }),
      said: z.string(),
    }),
  ])
  .meta({ description: '`caller` is the human on the line, in an outbound call too.' });

const callbackSchema = z.strictObject({
  id: z.string(),
  url: z.string(),
  createdAt: instant,
  attempts: count,
  nextAt: instant.nullable().meta({ description: 'null: delivered, or abandoned.' }),
  deliveredAt: instant.nullable(),
  lastProblem: z.string().nullable().meta({ description: 'A status or a code.' }),
});

const spread = z.strictObject({ count, p50Ms: milliseconds, p95Ms: milliseconds, maxMs: milliseconds });
const parts = z
  .strictObject({
    closing: spread,
    transcript: spread,
    sure: spread,
    agent: spread,
    sentence: spread,
    voice: spread,
    line: spread,
  })
  .nullable()
  .meta({
    description:
      "The parts of the caller's wait, one after the other: their last word, the utterance closes, its words come, they have surely finished, the agent's first word, its first sentence, its first sound, the caller hears it.",
  });
const turns = z.strictObject({ done: count, interrupted: count, joined: count, failed: count });
const tokens = z
  .strictObject({
    textIn: count,
    cachedTextIn: count,
    audioIn: count,
    cachedAudioIn: count,
    textOut: count,
    audioOut: count,
    seconds,
  })
  .nullable();
const allTokens = z
  .strictObject({ voice: tokens, ears: tokens, agent: tokens })
  .meta({ description: 'What vendors counted; null: nothing was told.' });

const cost = { usd: z.number().min(0), isPartial: z.boolean(), isEstimate: z.boolean() };
const usd = z.number().min(0).nullable();
const ownerCosts = z
  .strictObject({ ears: usd, voice: usd, agent: usd, carrier: usd })
  .meta({ description: 'In USD; null: nothing is known of it.' });

const publicSummarySchema = z
  .strictObject({
    turns,
    coughs: count.meta({ description: 'Sounds that held a reply and did not interrupt it.' }),
    fillers: count,
    departures: count.meta({ description: 'Sentences that the voice did not speak as written.' }),
    reconnects: z.strictObject({ speech: count, line: count }),
    handOvers: count,
    longestSilenceMs: milliseconds,
    wait: spread.nullable().meta({
      description: "From the caller's last word until they heard the reply; null: none was measured.",
    }),
    parts,
    tokens: allTokens,
    cost: z
      .strictObject({
        ...cost,
        byOwner: ownerCosts
          .nullable()
          .meta({ description: 'Its parts; null for calls of older versions, which have the sum alone.' }),
      })
      .nullable()
      .meta({ description: 'The sum of `cost` of `GET /calls/:id`; null for calls of older versions.' }),
  })
  .meta({ id: 'CallNumbers' });

const facts = {
  id: z.string(),
  sid: z.string().nullable().meta({ description: "Twilio's CallSid; null until there is one." }),
  direction: callDirectionSchema,
  via: z
    .enum(['phone', 'browser'])
    .meta({ description: '`browser`: somebody tries the agent, without a carrier.' }),
  stage: callStageSchema,
  from: z.string(),
  to: z.string(),
  profile: z.string(),
  startedAt: instant.meta({ description: 'For an outbound call: when it was requested.' }),
  endedAt: instant.nullable(),
  endReason: z.string().nullable(),
  durationS: seconds.nullable().meta({ description: 'From `startedAt` to `endedAt`.' }),
  answeredBy: answeredBySchema.nullable(),
  isSettled: z
    .boolean()
    .meta({ description: 'The call has ended, and its result is there if one was requested.' }),
  metadata: z.record(z.string(), z.string()),
  summary: publicSummarySchema.nullable().meta({
    description:
      'The call in numbers; null while it lives, a moment longer, and for calls of older versions.',
  }),
  attention: z.array(z.enum(ATTENTION)).meta({
    description:
      'Why somebody should look at it: it broke, a wait of over 3 s, a doubtful value of its result, a callback that was given up.',
  }),
};

const callSummarySchema = z.strictObject(facts).meta({ id: 'CallSummary' });

export const callSchema = z
  .strictObject({
    ...facts,
    task: z
      .strictObject({
        type: taskTypeSchema,
        prompt: z.string(),
        context: z.record(z.string(), jsonSchema),
      })
      .nullable()
      .meta({ description: 'The purpose of an outbound call.' }),
    place: count
      .nullable()
      .meta({ description: 'How many calls are ahead of it while it waits to be dialled.' }),
    transcript: z.array(transcriptLine),
    result: publicResultSchema
      .nullable()
      .meta({ description: 'null: none was requested, or it is not there yet.' }),
    callbacks: z.array(callbackSchema),
    cost: callCostSchema,
    hasRecording: z.boolean(),
    transferTo: z.array(z.string()).meta({
      description:
        'The numbers to which it can be transferred now; none once it has ended, or from a browser.',
    }),
    position: count.meta({ description: 'The position of the last event in this view: for `since`.' }),
  })
  .meta({ id: 'Call' });

export const callPageSchema = z
  .strictObject({
    calls: z.array(callSummarySchema),
    next: z
      .string()
      .nullable()
      .meta({ description: 'The `cursor` of the next page; null on the last page.' }),
    counts: z
      .strictObject({
        all: count,
        needsAttention: count,
        state: z.strictObject({ live: count, ended: count }),
        direction: z.record(z.string(), count),
        via: z.record(z.string(), count),
        endReason: z.record(z.string(), count),
        profile: z.record(z.string(), count),
      })
      .exactOptional()
      .meta({ description: 'Of all pages, with `counts`.' }),
  })
  .meta({ id: 'CallPage' });

const peak = z.int().min(0).max(100);

const stretch = z.strictObject({
  at: instant,
  calls: count,
  peak: count.meta({ description: 'The most of them that were live at a time.' }),
  seconds,
  ended: z.strictObject({ wanted: count, theirs: count, ours: count }).meta({
    description: 'As somebody wanted; nobody was reached; something of ours broke.',
  }),
  endReasons: z.record(z.string(), count),
  turns,
  coughs: count,
  fillers: count,
  departures: count,
  reconnects: count,
  handOvers: count,
  longestSilenceMs: milliseconds,
  wait: spread.nullable(),
  parts,
  tokens: allTokens,
  cost: z
    .strictObject({ ...cost, byOwner: ownerCosts })
    .nullable()
    .meta({
      description:
        'Of those that ended; null: of none it is known. `usd` holds calls of older versions, which are in no part of `byOwner`.',
    }),
});

export const insightsSchema = z
  .strictObject({
    since: instant,
    until: instant,
    step: count,
    isCut: z
      .boolean()
      .meta({ description: 'There are more calls than are gathered: the oldest are missing.' }),
    groups: z.array(
      z.strictObject({
        value: z.string().meta({ description: "Of `by`; '' without it, `other` beyond twenty." }),
        stretches: z.array(stretch).meta({ description: 'Those without a call are left out.' }),
      }),
    ),
  })
  .meta({ id: 'Insights' });

export const rehearsalSchema = z
  .strictObject({
    wouldBePlaced: z.boolean(),
    refusals: z
      .array(problemItem.extend({ retryAfterS: z.number().min(0).exactOptional() }))
      .meta({ description: 'All of them at once, each with its field.' }),
    callee: z
      .strictObject({
        country: z.string().nullable(),
        timeZones: z.array(z.string()).meta({ description: 'Where the phone may be.' }),
      })
      .nullable()
      .meta({ description: 'null: the number cannot be read.' }),
  })
  .meta({ id: 'Rehearsal' });

const used = z.strictObject({ used: z.number().min(0), limit: z.number().min(0) });

export const usageTodaySchema = z
  .strictObject({
    calls: used,
    minutes: used.meta({ description: 'Calls in progress count with the most that they may last.' }),
    until: instant.meta({ description: 'From then on nothing is used: the day is one of UTC.' }),
  })
  .meta({ id: 'UsageToday' });

export const peaksSchema = z
  .strictObject({
    lengthMs: z.number().min(0),
    parts: z
      .array(
        z.strictObject({
          beganAt: instant.nullable().meta({
            description: "Of its first sample, by the clock of the call's events; null in old recordings.",
          }),
          offsetMs: z.number().min(0).meta({ description: 'Where it begins in the WAV.' }),
          lengthMs: z.number().min(0),
        }),
      )
      .meta({ description: 'What each process recorded; the time between two of them is in neither.' }),
    caller: z.array(peak).meta({ description: 'The loudest sample of each stretch, in percent.' }),
    agent: z.array(peak),
  })
  .meta({ id: 'Peaks' });

export const steeredSchema = z.strictObject({
  status: z.literal('accepted').meta({ description: 'The process that has the call runs the command.' }),
});

/** `data` of an event of the feeds; its other fields depend on its type. */
export const feedEventSchema = z.looseObject({ callId: z.string(), at: instant, type: z.string() });
