// The six tools, with the words that a model reads before it uses them. Their arguments are flat, because models fill flat
// ones more reliably; the telephone checks what they become.
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { shownCall, shownProblems } from './call-in-words.ts';
import type { Telephone, Told, ToldCall, ToldProblem } from './telephone.ts';

/** Of one call of a tool. */
export interface Asking {
  readonly telephone: Telephone;
  /** The call once it is settled, or after `waitS`. */
  readonly follow: (callId: string, waitS: number) => Promise<Told<ToldCall>>;
}

/** Runs one call of a tool; turns what breaks into a result. */
export type Run = (
  extra: RequestHandlerExtra<ServerRequest, ServerNotification>,
  work: (asking: Asking) => Promise<CallToolResult>,
) => Promise<CallToolResult>;

/** Longer than any call with its result. */
const LONGEST_WAIT_S = 3 * 3600;

const id = z.string().describe('The id of the call, as place_call and list_calls give it.');

const PLACE_CALL = z.strictObject({
  to: z.string().describe('Whom to call, in E.164: +, country code and number, as +15551234567.'),
  task: z
    .string()
    .describe('What the agent should do on the phone, in plain words: at most 4000 characters.'),
  context: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('What else the agent needs to know: names, dates, numbers. At most 8 KB of JSON.'),
  result: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'A JSON Schema of type object: what to bring back. Describe each property; leave out of `required` what may not come up. At most 16 KB.',
    ),
  profile: z.string().optional().describe("One of the relay's profiles. Leave it out for the usual one."),
  voicemailMessage: z
    .string()
    .optional()
    .describe(
      'Left after the beep if a machine answers. Without it the call ends there, and nothing is said.',
    ),
  maxMinutes: z
    .int()
    .optional()
    .describe('Ends the call politely after so many minutes: 1 to 120, usually 10.'),
  callbackUrl: z.string().optional().describe('An https:// address that receives stages and result, signed.'),
  idempotencyKey: z
    .string()
    .optional()
    .describe(
      'Give one if you may repeat the request: the same key with the same arguments calls only once.',
    ),
  waitS: z
    .int()
    .min(0)
    .max(LONGEST_WAIT_S)
    .default(LONGEST_WAIT_S)
    .describe('Seconds to wait for end and result; 0 returns at once. Usually: until they are there.'),
});

const GET_CALL = z.strictObject({
  id,
  waitS: z
    .int()
    .min(0)
    .max(LONGEST_WAIT_S)
    .default(0)
    .describe('Seconds to wait for the end of the call and its result; usually 0.'),
});

const LIST_CALLS = z.strictObject({
  state: z.enum(['live', 'ended']).optional(),
  direction: z.enum(['inbound', 'outbound']).optional(),
  number: z.string().optional().describe('Either end of the call, in E.164.'),
  since: z.string().optional().describe('Started at this instant or later, as 2026-11-21T09:00:00Z.'),
  limit: z.int().min(1).max(50).default(10),
  cursor: z.string().optional().describe('`next` of the page before.'),
});

const TEXT = z.string().describe('At most 1000 characters.');

const THINGS_PLACING_REFUSES = `Refused, each with a code and what to do, and nobody is called: numbers that the operator has not allowed, and premium-rate, emergency and other special numbers always (not_allowed, invalid_phone); people who asked not to be called (do_not_call); quiet hours on the callee's clock (quiet_hours); more than 5 calls an hour or 20 a day to one number (rate_limited); the operator's calls and minutes of a day (budget_spent); a schema or field that does not fit (invalid_request); a relay that is full (busy) or may not call (outbound_off). These fences protect people: do not try to get around one.`;

export function addTools(server: McpServer, run: Run): void {
  server.registerTool(
    'place_call',
    {
      title: 'Place a phone call',
      description: `Calls a real person by phone: the operator's published agent talks to them to do the task, and this returns what came of it. It reports progress while the call goes on (ringing, what was said) and returns the settled call: endReason, transcript, and, with \`result\`, each value with the transcript lines that support it; one that is not marked \`supported\` must not be relied on. Get your user's consent first: it costs money and cannot be unsaid. If the connection breaks, the call goes on: look for it with list_calls, do not place it again.\n\n${THINGS_PLACING_REFUSES}`,
      inputSchema: PLACE_CALL,
      annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: true },
    },
    ({ waitS, idempotencyKey, ...wanted }, extra) =>
      run(extra, async ({ telephone, follow }) => {
        const placed = await telephone.place(bodyOf(wanted), idempotencyKey ?? null);
        if (placed.is === 'wrong') return refusal(placed.problems);
        const { call } = placed.value;
        if (waitS === 0) return result(shownCall(call));
        const told = await follow(call.id, waitS).catch(() => null);
        return told?.is === 'right' ? result(shownCall(told.value)) : refusal([notShown(call.id)]);
      }),
  );
  server.registerTool(
    'get_call',
    {
      title: 'Look at a call',
      description:
        'One call, outbound or inbound: stage, end reason, what was said and heard, and its result once it is settled. With waitS it waits for that and reports progress. Refused: an id that is none of this relay (not_found).',
      inputSchema: GET_CALL,
      annotations: { readOnlyHint: true },
    },
    ({ id, waitS }, extra) => run(extra, async ({ follow }) => callResult(await follow(id, waitS))),
  );
  server.registerTool(
    'list_calls',
    {
      title: 'List calls',
      description:
        'Calls, the latest first, without their words: get_call shows those. Refused: a filter that is none (invalid_request).',
      inputSchema: LIST_CALLS,
      annotations: { readOnlyHint: true },
    },
    ({ limit, ...filters }, extra) =>
      run(extra, async ({ telephone }) => {
        const listed = await telephone.list({ ...given(filters), limit: String(limit) });
        return listed.is === 'wrong' ? refusal(listed.problems) : result(listed.value);
      }),
  );
  addSteering(server, run);
}

function addSteering(server: McpServer, run: Run): void {
  const steer = (extra: Parameters<Run>[0], callId: string, how: 'hangup' | 'say' | 'note', body: object) =>
    run(extra, async ({ telephone }) => {
      const steered = await telephone.steer(callId, how, body);
      return steered.is === 'wrong' ? refusal(steered.problems) : result(steered.value);
    });
  server.registerTool(
    'hang_up',
    {
      title: 'Hang up',
      description:
        'Ends a call politely, also one that rings or waits to be dialled. What was said so far still brings its result. Refused: an unknown call (not_found), one that has ended (call_over).',
      inputSchema: z.strictObject({ id }),
      annotations: { destructiveHint: true, idempotentHint: true },
    },
    ({ id }, extra) => steer(extra, id, 'hangup', {}),
  );
  server.registerTool(
    'say',
    {
      title: 'Say something on a call',
      description:
        "Speaks a text on a live call now, as written, in the agent's voice. The human hears it; it cannot be taken back. Refused: an unknown call (not_found), one that has ended (call_over), an empty or too long text (invalid_request).",
      inputSchema: z.strictObject({ id, text: TEXT }),
      annotations: { destructiveHint: true, idempotentHint: false },
    },
    ({ id, text }, extra) => steer(extra, id, 'say', { text }),
  );
  server.registerTool(
    'note',
    {
      title: 'Give the agent a note',
      description: `Gives the agent of a live call a note that the human does not hear, such as "offer Friday as well". The agent receives it with the human's next words. Refused: as for say.`,
      inputSchema: z.strictObject({ id, text: TEXT }),
      annotations: { destructiveHint: false, idempotentHint: false },
    },
    ({ id, text }, extra) => steer(extra, id, 'note', { text }),
  );
}

function bodyOf({
  task,
  context,
  voicemailMessage,
  ...others
}: Omit<z.infer<typeof PLACE_CALL>, 'waitS' | 'idempotencyKey'>): object {
  return {
    ...given(others),
    task: { prompt: task, ...(context === undefined ? {} : { context }) },
    ...(voicemailMessage === undefined ? {} : { voicemail: 'leave', voicemailMessage }),
  };
}

/** Without the fields that were left out: the API refuses what is undefined. */
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function notShown(callId: string): ToldProblem {
  return {
    code: 'not_shown',
    message: `The call ${callId} was placed and goes on, but the relay cannot show it now. Do not place it again: get_call shows it.`,
  };
}

function callResult(told: Told<ToldCall>): CallToolResult {
  return told.is === 'wrong' ? refusal(told.problems) : result(shownCall(told.value));
}

/** As text too, for clients that read no structured content. */
function result(value: object): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: { ...value } };
}

export function refusal(problems: readonly ToldProblem[]): CallToolResult {
  return { content: [{ type: 'text', text: shownProblems(problems) }], isError: true };
}
