// What a process asks of the process that has a call. Steerings cross processes as JSON through the call store, so each
// kind must stand in this schema: the store drops what does not parse.
import { z } from 'zod';
import { answeredBySchema } from './assignment.ts';

/**
 * What the carrier says of a call, late, twice and out of order. All but the first two mean that the call is over, and name
 * the reason with which it ends if it never had a stream.
 */
export const carrierStatusSchema = z.enum([
  'under-way',
  'ringing',
  'callee-busy',
  'no-answer',
  'unreachable',
  'canceled',
  'no-stream',
]);

export type CarrierStatus = z.infer<typeof carrierStatusSchema>;

export function isOver(status: CarrierStatus): status is Exclude<CarrierStatus, 'under-way' | 'ringing'> {
  return status !== 'under-way' && status !== 'ringing';
}

export const steeringSchema = z.readonly(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('hang-up') }),
    z.object({ type: z.literal('transfer'), to: z.string() }),
    /** Speak `text` as written, now. */
    z.object({ type: z.literal('say'), text: z.string() }),
    /** Tell the agent `text` together with the caller's next words. */
    z.object({ type: z.literal('note'), text: z.string() }),
    /** The carrier's machine detection, received by a process that does not have the call. */
    z.object({ type: z.literal('machine'), answeredBy: answeredBySchema, isMessageOver: z.boolean() }),
    /** The carrier's status of the call, received by a process that does not have it. */
    z.object({ type: z.literal('status'), sid: z.string(), status: carrierStatusSchema }),
  ]),
);

export type Steering = z.infer<typeof steeringSchema>;
