// Calls as the API shows them: instants in ISO 8601, durations in seconds.
import type { z } from 'zod';
import { viaOf } from '../call/call-id.ts';
import { publicResult } from '../call/call-result.ts';
import type { CallView } from '../call/call-control.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { TranscriptLine } from '../call/transcript.ts';
import type { CallCount, CallPage } from '../call/call-store.ts';
import { type CallSummary, waitOf } from '../call/call-summary.ts';
import { type GatheredInsights, type InsightsOf, partsOf, spreadOf } from '../call/insights.ts';
import type { CallEvent } from '../call/call.ts';
import type { CallbackState } from '../call/callback-store.ts';
import type { Peaks, StoredRecording } from '../call/stored-recording.ts';
import type { Rehearsed, UsageToday } from '../call/rehearsal.ts';
import { type Problem, publicProblem } from '../http/problems.ts';
import type {
  callPageSchema,
  callSchema,
  insightsSchema,
  peaksSchema,
  rehearsalSchema,
  usageTodaySchema,
} from './call-responses.ts';

export type PublicCall = z.infer<typeof callSchema>;
type PublicSummary = z.infer<typeof callPageSchema>['calls'][number];

/** Whether nothing about the call will change any more. An inbound call of which nothing is wanted is settled once it has ended. */
export function isSettled({ ended, isSettled, direction, isResultWanted }: CallRecord): boolean {
  return ended !== null && (isSettled || (direction === 'inbound' && !isResultWanted));
}

export function publicSummary(call: CallRecord): PublicSummary {
  const { id, sid, direction, stage, from, to, profile, startedAt, ended, answeredBy, assignment } = call;
  return {
    id,
    sid,
    direction,
    via: viaOf(id),
    stage: ended === null ? stage : 'ended',
    from,
    to,
    profile,
    startedAt: iso(startedAt),
    endedAt: ended === null ? null : iso(ended.at),
    endReason: ended?.reason ?? null,
    durationS: ended === null ? null : Math.max(0, Math.round(ended.at - startedAt)) / 1000,
    answeredBy,
    isSettled: isSettled(call),
    metadata: { ...assignment?.metadata },
    summary: call.summary === null ? null : numbersOf(call.summary),
    attention: [...call.attention],
  };
}

export function publicPage(
  { calls, next }: CallPage,
  counts: readonly CallCount[] | null,
): z.infer<typeof callPageSchema> {
  const page = { calls: calls.map(publicSummary), next };
  return counts === null ? page : { ...page, counts: publicCounts(counts) };
}

function publicCounts(counts: readonly CallCount[]) {
  const by = (keyOf: (count: CallCount) => string | null): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const count of counts) {
      const key = keyOf(count);
      if (key !== null) sums[key] = (sums[key] ?? 0) + count.calls;
    }
    return sums;
  };
  const { live = 0, ended = 0 } = by(({ isLive }) => (isLive ? 'live' : 'ended'));
  return {
    all: live + ended,
    needsAttention: by(({ needsAttention }) => (needsAttention ? 'yes' : null))['yes'] ?? 0,
    state: { live, ended },
    direction: by(({ direction }) => direction),
    via: by(({ via }) => via),
    endReason: by(({ endReason }) => endReason),
    profile: by(({ profile }) => profile),
  };
}

function numbersOf({
  waits,
  attention: _attention,
  ...summary
}: CallSummary): NonNullable<PublicSummary['summary']> {
  return { ...summary, wait: spreadOf(waits.map(waitOf)), parts: partsOf(waits) };
}

export function publicInsights(
  { since, until, stepMs }: InsightsOf,
  { groups, isCut }: GatheredInsights,
): z.infer<typeof insightsSchema> {
  return {
    since: iso(since),
    until: iso(until),
    step: stepMs / 1000,
    isCut,
    groups: groups.map(({ value, stretches }) => ({
      value,
      stretches: stretches.map((stretch) => ({
        ...stretch,
        at: iso(stretch.at),
        endReasons: { ...stretch.endReasons },
      })),
    })),
  };
}

export function publicCall(view: CallView): PublicCall {
  const { call, transcript, cost, callbacks, place, hasRecording, transferTo, position } = view;
  const task = call.assignment?.task;
  return {
    ...publicSummary(call),
    task: task === undefined ? null : { ...task, context: { ...task.context } },
    place,
    transcript: transcript.map(publicLine),
    result: call.result === null ? null : publicResult(call.result),
    callbacks: callbacks.map(publicCallback),
    cost,
    hasRecording,
    transferTo: [...transferTo],
    position,
  };
}

export function publicRehearsal(
  problems: readonly Problem[],
  rehearsed: Rehearsed | null,
): z.infer<typeof rehearsalSchema> {
  const { refusals = [], callee = null } = rehearsed ?? {};
  // A number that cannot be read is refused by its form and by the fences.
  const more = refusals.filter(({ code, field }) =>
    problems.every((one) => one.code !== code || one.field !== field),
  );
  const all = [...problems, ...more];
  return {
    wouldBePlaced: all.length === 0,
    refusals: all.map(publicProblem),
    callee: callee === null ? null : { ...callee, timeZones: [...callee.timeZones] },
  };
}

export function publicUsage({ calls, minutes, until }: UsageToday): z.infer<typeof usageTodaySchema> {
  return { calls, minutes, until: iso(until) };
}

export function publicPeaks(
  { lengthMs, parts }: StoredRecording,
  { caller, agent }: Peaks,
): z.infer<typeof peaksSchema> {
  const laid = parts.map(({ beganAt, ...where }) => ({
    beganAt: beganAt === null ? null : iso(beganAt),
    ...where,
  }));
  return { lengthMs, parts: laid, caller: [...caller], agent: [...agent] };
}

export function publicEvent(event: CallEvent): Readonly<Record<string, unknown>> {
  return { ...event, at: iso(event.at) };
}

function publicLine(line: TranscriptLine): PublicCall['transcript'][number] {
  const at = iso(line.at);
  switch (line.who) {
    case 'caller':
      return { at, who: 'caller', by: line.by, said: line.said };
    case 'agent':
      return { at, who: 'agent', said: line.said, heard: line.heard, outcome: line.outcome };
    case 'relay':
      return { at, who: 'relay', line: line.line, said: line.said };
  }
}

/** Without its body, which is the call as it was then. */
function publicCallback(callback: CallbackState): PublicCall['callbacks'][number] {
  const { id, url, createdAt, attempts, nextAt, deliveredAt, lastProblem } = callback;
  return {
    id,
    url,
    createdAt: iso(createdAt),
    attempts,
    nextAt: nextAt === null ? null : iso(nextAt),
    deliveredAt: deliveredAt === null ? null : iso(deliveredAt),
    lastProblem,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
