// The way of a call out until somebody answers it: queued until it is its turn, dialled, ringing, and then either answered
// or not. From there it is a call like any other, but that Twilio tells in the background who or what has answered.
import type { Clock } from '../../src/call/ports.ts';
import type { TwilioCall } from './call.ts';
import type { Callee } from './callee.ts';
import type { CallOrder, MachineDetection } from './call-order.ts';
import { pauseUnless } from '../pause.ts';
import type { TwilioWebhooks } from './webhooks.ts';

export interface OutgoingParts {
  readonly clock: Clock;
  readonly webhooks: TwilioWebhooks;
  /** undefined where nobody has the number. */
  readonly callee: Callee | undefined;
}

/** Resolves when the call is over and all has been asked and told; never rejects. */
export async function carryOut(order: CallOrder, call: TwilioCall, parts: OutgoingParts): Promise<void> {
  const { clock, callee } = parts;
  const { ended } = call.caller;
  await pauseUnless(clock, call.queueMs, ended);
  if (call.isOver) return call.told;
  call.initiate();
  if (callee === undefined) {
    call.end({ how: 'failed', because: new Error('the number is not in service') });
    return call.told;
  }
  call.ring();
  const rung = await callee.ring(order.ringMs, ended);
  if (call.isOver) return call.told;
  if (rung !== 'answered') {
    call.end(
      rung === 'failed' ? { how: rung, because: new Error('the call cannot be put through') } : { how: rung },
    );
    return call.told;
  }
  call.answer();
  const greeted = callee.pickUp(call.caller);
  const { longestMs } = order;
  if (longestMs !== null) {
    const stopTimer = clock.after(longestMs, () => call.end({ how: 'time-limit' }));
    void ended.then(stopTimer);
  }
  const detected = order.detection === null ? null : detect(order.detection, call, callee, greeted, parts);
  await call.run(order.url);
  await detected;
}

/** Asynchronous detection: Twilio does not report a result that it reaches after the call has ended. */
async function detect(
  { mode, callback }: MachineDetection,
  call: TwilioCall,
  callee: Callee,
  greeted: Promise<void>,
  { clock, webhooks }: OutgoingParts,
): Promise<void> {
  const { ended } = call.caller;
  const answeredAt = clock.now();
  const answeredBy = callee.detectedAs(mode);
  if (answeredBy.startsWith('machine_end')) await Promise.race([greeted, ended]);
  await pauseUnless(clock, callee.detectedAfterMs, ended);
  if (call.isOver) return;
  call.answeredBy = answeredBy;
  const MachineDetectionDuration = String(Math.round(clock.now() - answeredAt));
  await webhooks
    .ask(callback, { ...call.names, AnsweredBy: answeredBy, MachineDetectionDuration })
    .catch(() => {});
}
