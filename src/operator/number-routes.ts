// Where the account's phone numbers lead, pointing them here, and back. What an answer shows was read from the carrier for it:
// somebody else may change a number at any time, so a change names the version that it was decided on.
import express, { type Response, type Router } from 'express';
import { z } from 'zod';
import {
  type CarrierTrouble,
  type NumberPointing,
  type NumberState,
  type PointResult,
  WEBHOOK_FIELDS,
} from '../call/number-webhooks.ts';
import { jsonBody } from '../http/body.ts';
import { check } from '../http/checking.ts';
import { answer, type ApiPaths, json, refusals } from '../http/openapi.ts';
import { answerProblem } from '../http/problems.ts';
import { right, storeAway } from './answering.ts';
import { phoneNumber } from './call-requests.ts';
import { instant } from './call-responses.ts';

export interface NumberRoutesOptions {
  /** null: there is no account to ask. */
  readonly pointing: NumberPointing | null;
  /** Where calls are to come. */
  readonly webhookUrl: string;
  /** The numbers that this relay is to answer. */
  readonly ownNumbers: readonly string[];
  /** The profile that answers a number's calls. */
  readonly profileOf: (number: string) => string;
  /** Whether PROFILES names a file. */
  readonly hasProfiles: boolean;
  /** What answers a number without a profile. */
  readonly usual: z.infer<typeof usualSchema>;
}

const LONGEST_VERSION = 100;
/** For the relay's own numbers in an account with more numbers than are listed. */
const MOST_LOOK_UPS = 20;

const webhooksSchema = z
  .record(z.enum(WEBHOOK_FIELDS), z.string())
  .meta({ id: 'Webhooks', description: "'' where nothing is set. Passwords in addresses are hidden." });

const numberSchema = z
  .strictObject({
    number: z.string(),
    isOwn: z.boolean().meta({ description: 'TWILIO_PHONE_NUMBER or PROFILES names it.' }),
    is: z.enum(['here', 'partly', 'elsewhere', 'in-trunk']).meta({
      description:
        '`partly`: calls come here, but fallback, status callback or retries are not set. `in-trunk`: a SIP trunk has the number, which overrides its webhooks.',
    }),
    profile: z.string().meta({ description: 'Which answers its calls here.' }),
    trunkSid: z.string().nullable(),
    now: webhooksSchema,
    wanted: webhooksSchema.meta({ description: 'After `POST /number`.' }),
    version: z.string().meta({ description: 'Of what is on file now.' }),
    undo: z
      .strictObject({
        is: z.enum(['possible', 'done', 'changed']).meta({
          description:
            '`done`: the number is as it was before. `changed`: somebody else changed it since, so that undo needs `force`.',
        }),
        changedAt: instant,
        before: webhooksSchema,
      })
      .nullable()
      .meta({
        description: 'What `POST /number/undo` would bring back; null if this relay changed nothing.',
      }),
  })
  .meta({ id: 'PhoneNumber' });

const usualSchema = z.strictObject({ agent: z.string(), greeting: z.string() });

const numbersSchema = z
  .strictObject({
    webhookUrl: z.string(),
    numbers: z.array(numberSchema).meta({ description: "The relay's own first; at most 100." }),
    isCut: z.boolean().meta({ description: 'The account has more numbers.' }),
    missing: z
      .array(z.string())
      .meta({ description: 'Numbers of TWILIO_PHONE_NUMBER and PROFILES that the account does not have.' }),
    hasProfiles: z.boolean().meta({ description: 'PROFILES names a file.' }),
    usual: usualSchema.meta({
      description: 'What answers a number without a profile, as profiles.json would say it of a number.',
    }),
  })
  .meta({ id: 'PhoneNumbers' });

const pointBody = z.strictObject({
  number: phoneNumber,
  version: z
    .string()
    .max(LONGEST_VERSION)
    .exactOptional()
    .meta({ description: 'Refuses with `number_changed` if the number is not as it was seen.' }),
});

const undoBody = pointBody.extend({
  force: z.boolean().default(false).meta({ description: 'Even over a later change of somebody else.' }),
});

/** Must stand behind the operator's token. */
export function numberRoutes(options: NumberRoutesOptions): Router {
  const { pointing } = options;
  const router = express.Router();

  router.get('/number', async (_req, res) => {
    if (pointing === null) return noAccount(res);
    const listed = await withOwn(pointing, options.ownNumbers);
    if (listed.is === 'failed') return trouble(res, listed);
    res.json(publicNumbers(options, listed));
  });
  router.post('/number', jsonBody, async (req, res) => {
    const body = right(res, check(pointBody, req.body));
    if (body === null) return;
    if (pointing === null) return noAccount(res);
    answerResult(res, await pointing.point(body.number, body.version ?? null), options);
  });
  router.post('/number/undo', jsonBody, async (req, res) => {
    const body = right(res, check(undoBody, req.body));
    if (body === null) return;
    if (pointing === null) return noAccount(res);
    const { number, version = null, force } = body;
    answerResult(res, await pointing.undo(number, version, force), options);
  });
  router.use(storeAway);
  return router;
}

interface Listed {
  readonly is: 'told';
  readonly numbers: readonly NumberState[];
  readonly missing: readonly string[];
  readonly isCut: boolean;
}

/** The relay's own numbers first, be they among the first of the account or not. */
async function withOwn(
  pointing: NumberPointing,
  ownNumbers: readonly string[],
): Promise<Listed | CarrierTrouble> {
  const listed = await pointing.list();
  if (listed.is === 'failed') return listed;
  const listedNumbers = new Map(listed.numbers.map((one) => [one.number, one]));
  const own = ownNumbers.flatMap((number) => listedNumbers.get(number) ?? []);
  const unlisted = ownNumbers.filter((number) => !listedNumbers.has(number));
  const missing: string[] = [];
  for (const number of listed.isCut ? unlisted.slice(0, MOST_LOOK_UPS) : unlisted) {
    const found = listed.isCut ? await pointing.look(number) : null;
    if (found === null) missing.push(number);
    else if (found.is === 'failed') return found;
    else own.push(found);
  }
  const others = listed.numbers.filter(({ number }) => !ownNumbers.includes(number));
  return { is: 'told', numbers: [...own, ...others], missing, isCut: listed.isCut };
}

type Naming = Omit<NumberRoutesOptions, 'pointing'>;

export function publicNumbers(naming: Naming, { numbers, missing, isCut }: Listed) {
  return {
    webhookUrl: naming.webhookUrl,
    numbers: numbers.map((one) => publicNumber(one, naming)),
    missing: [...missing],
    isCut,
    hasProfiles: naming.hasProfiles,
    usual: naming.usual,
  } satisfies z.infer<typeof numbersSchema>;
}

function publicNumber(
  { number, is, trunkSid, now, wanted, version, undo }: NumberState,
  { ownNumbers, profileOf }: Naming,
) {
  return {
    number,
    isOwn: ownNumbers.includes(number),
    is,
    profile: profileOf(number),
    trunkSid: trunkSid === '' ? null : trunkSid,
    now,
    wanted,
    version,
    undo:
      undo === null
        ? null
        : { is: undo.is, changedAt: new Date(undo.changedAt).toISOString(), before: undo.before },
  } satisfies z.infer<typeof numberSchema>;
}

function answerResult(res: Response, result: PointResult, naming: Naming): void {
  switch (result.is) {
    case 'done':
      return void res.json(publicNumber(result.number, naming));
    case 'failed':
      return trouble(res, result);
    case 'not-taken':
      return answerProblem(res, {
        code: 'carrier_rejected',
        message: 'Twilio accepted the change, but has something else on file now. Look at the number again.',
      });
    case 'changed':
      return answerProblem(res, {
        code: 'number_changed',
        message: 'Somebody else changed this number meanwhile, so nothing was done. Look at it again.',
      });
    case 'in-trunk':
      return answerProblem(res, {
        code: 'number_in_trunk',
        message:
          'A SIP trunk has this number, which overrides its webhooks. Take it out of the trunk in Twilio’s console.',
      });
    case 'nothing-to-undo':
      return answerProblem(res, {
        code: 'nothing_to_undo',
        message: 'This relay has no change of this number to undo.',
      });
    case 'unknown':
      return answerProblem(res, { code: 'not_found', message: 'The account has no such number.' });
  }
}

function trouble(res: Response, { isTheirs, saw, todo }: CarrierTrouble): void {
  const code = isTheirs ? 'carrier_unavailable' : 'carrier_rejected';
  answerProblem(res, { code, message: `${saw}. ${todo}` });
}

function noAccount(res: Response): void {
  answerProblem(res, {
    code: 'carrier_off',
    message: 'TWILIO_ACCOUNT_SID is not set, so Twilio cannot be asked where its numbers lead.',
  });
}

const tags = ['Operation'];
const COMMON = ['carrier_off', 'carrier_rejected', 'carrier_unavailable', 'unavailable'] as const;
const MEANINGS = {
  carrier_off: 'TWILIO_ACCOUNT_SID is not set',
  carrier_rejected: 'Twilio refused, or has something else on file than it was asked for',
  carrier_unavailable: 'Twilio did not answer',
  not_found: 'the account has no such number',
  number_changed: 'somebody else changed the number, and nothing was done',
};
const CHANGING = [
  ...COMMON,
  'bad_request',
  'unsupported_media_type',
  'invalid_request',
  'too_large',
  'not_found',
  'number_changed',
  'number_in_trunk',
] as const;

export const NUMBER_PATHS: ApiPaths = {
  '/number': {
    get: {
      tags,
      summary: 'Where the numbers of the account lead',
      description: 'Read from Twilio at each request. As `npm run number -- --dry-run`, for all of them.',
      responses: { 200: answer('The numbers.', numbersSchema), ...refusals(COMMON, MEANINGS) },
    },
    post: {
      tags,
      summary: 'Point a number here',
      description:
        'What was there is kept in the database first, for undo. Repeating it changes nothing. As `npm run number`.',
      requestBody: { content: json(pointBody), required: true },
      responses: { 200: answer('It points here.', numberSchema), ...refusals(CHANGING, MEANINGS) },
    },
  },
  '/number/undo': {
    post: {
      tags,
      summary: 'Point a number where it pointed before',
      description: 'Before the first of several changes of this relay, whichever process made them.',
      requestBody: { content: json(undoBody), required: true },
      responses: {
        200: answer('It is as it was before.', numberSchema),
        ...refusals([...CHANGING, 'nothing_to_undo'], MEANINGS),
      },
    },
  },
};
