// Answers the calls' requests, whatever carried them: checks each and hands it to `CallControl`. The API's routes and the tools
// of MCP clients share it, so that both have the same bounds and fences. Rejects with a StoreError while the store is away.
import type { z } from 'zod';
import type { CallControl, Steered } from '../call/call-control.ts';
import type { Clock } from '../call/ports.ts';
import { check, type Checked, wrong } from '../http/checking.ts';
import type { Problem } from '../http/problems.ts';
import {
  assignmentFrom,
  fingerprintOf,
  hangUpBody,
  listQuery,
  noteBody,
  placeCallHeaders,
  rehearsableIn,
  sayBody,
  transferBody,
} from './call-requests.ts';
import type { callPageSchema, rehearsalSchema, steeredSchema } from './call-responses.ts';
import { publicCall, publicPage, publicRehearsal, type PublicCall } from './call-views.ts';
import { changedView } from './long-poll.ts';

/** The relay's IDs and Twilio's. Nothing else is looked up. */
export const CALL_ID = /^[\w-]{1,100}$/;

export const NO_SUCH_CALL: Problem = { code: 'not_found', message: 'There is no such call.' };

const STEERING_BODIES = { hangup: hangUpBody, transfer: transferBody, say: sayBody, note: noteBody };

export interface CallAnswersOptions {
  readonly control: CallControl;
  readonly clock: Clock;
  /** CALLBACK_ALLOW_PRIVATE; without it callbacks are https only. */
  readonly allowsHttpCallbacks?: boolean;
}

export interface CallAnswers {
  list(query: unknown): Promise<Checked<z.infer<typeof callPageSchema>>>;
  /** `isNew` false: the same request was made before under this key, and this is its call. */
  place(
    body: unknown,
    key: string | null,
  ): Promise<Checked<{ readonly call: PublicCall; readonly isNew: boolean }>>;
  /** All that would refuse this request. Never wrong. */
  rehearse(body: unknown): Promise<z.infer<typeof rehearsalSchema>>;
  /** With `wait`, in seconds: once something after `since` has happened, the call is settled, or `over` aborts. */
  view(
    callId: string,
    query: { readonly wait: number; readonly since?: number },
    over: AbortSignal,
  ): Promise<Checked<PublicCall>>;
  steer(
    callId: string,
    how: keyof typeof STEERING_BODIES,
    body: unknown,
  ): Promise<Checked<z.infer<typeof steeredSchema>>>;
}

export function callAnswers({
  control,
  clock,
  allowsHttpCallbacks = false,
}: CallAnswersOptions): CallAnswers {
  return {
    async list(query) {
      const checked = check(listQuery, query);
      if (checked.is === 'wrong') return checked;
      const { counts, ...wanted } = checked.value;
      const [page, counted] = await Promise.all([
        control.list(wanted),
        counts ? control.count(wanted) : null,
      ]);
      return right(publicPage(page, counted));
    },

    async place(body, key) {
      const headers = check(placeCallHeaders, key === null ? {} : { 'Idempotency-Key': key });
      if (headers.is === 'wrong') return headers;
      const allowed = { profiles: control.profiles, httpCallbacks: allowsHttpCallbacks };
      const checked = assignmentFrom(body, allowed);
      if (checked.is === 'wrong') return checked;
      const assignment = checked.value;
      const placed = await control.place(
        assignment,
        key === null ? null : { key, fingerprint: fingerprintOf(assignment) },
      );
      if (placed.is === 'refused') return wrong(placed.refusal);
      const call = await control.view(placed.callId);
      // A repeated request whose call was erased.
      if (call === null) return wrong(NO_SUCH_CALL);
      return right({ call: publicCall(call), isNew: placed.isNew });
    },

    async rehearse(body) {
      const allowed = { profiles: control.profiles, httpCallbacks: allowsHttpCallbacks };
      const checked = assignmentFrom(body, allowed);
      const problems = checked.is === 'wrong' ? checked.problems : [];
      const wanted = checked.is === 'wrong' ? rehearsableIn(body) : checked.value;
      return publicRehearsal(problems, wanted === null ? null : await control.rehearse(wanted));
    },

    async view(callId, { wait, since = null }, over) {
      if (!CALL_ID.test(callId)) return wrong(NO_SUCH_CALL);
      const call =
        wait === 0
          ? await control.view(callId)
          : await changedView({ control, clock, callId, since, waitMs: wait * 1000, over });
      return call === null ? wrong(NO_SUCH_CALL) : right(publicCall(call));
    },

    async steer(callId, how, body) {
      if (!CALL_ID.test(callId)) return wrong(NO_SUCH_CALL);
      const checked = check(STEERING_BODIES[how], body);
      if (checked.is === 'wrong') return checked;
      const steered = await control.steer(callId, checked.value);
      return steered === 'accepted' ? right({ status: 'accepted' }) : wrong(whyNotSteered(steered));
    },
  };
}

function right<T>(value: T): Checked<T> {
  return { is: 'right', value };
}

function whyNotSteered(steered: Exclude<Steered, 'accepted'>): Problem {
  switch (steered) {
    case 'unknown':
      return NO_SUCH_CALL;
    case 'over':
      return { code: 'call_over', message: 'The call has ended.' };
    case 'not-allowed':
      return {
        code: 'not_allowed',
        message: "The call's profile does not allow it. A transfer goes to its own numbers only.",
        field: 'to',
      };
  }
}
