// The prices that a ledger is counted with: one dated table, which a file of the user's can replace (`PRICES`). List prices,
// so that a discount, a tax or another country needs that file.
import { z } from 'zod';

const usd = z.number().min(0).max(1_000_000);
const rates = z.strictObject({
  textIn: usd,
  cachedTextIn: usd,
  textOut: usd,
  audioIn: usd.optional(),
  cachedAudioIn: usd.optional(),
  audioOut: usd.optional(),
});
const byPrefix = z.record(z.string().regex(/^\+\d{1,15}$/), usd);

export const priceTableSchema = z.strictObject({
  /** The day of the table, as it is shown beside every cost. */
  date: z.iso.date(),
  /** USD for a million tokens, by the beginning of the model's name. */
  tokens: z.record(z.string(), rates),
  /** USD for a minute of the caller's sound, by the beginning of the model's name. */
  soundPerMinute: z.record(z.string(), usd),
  /** USD for a started minute, by the beginning of the number; the longest that fits counts. */
  carrier: z.strictObject({
    inbound: byPrefix,
    outbound: byPrefix,
    stream: usd,
    machineDetection: usd,
  }),
});
export type PriceTable = z.infer<typeof priceTableSchema>;
export type TokenRates = z.infer<typeof rates>;

const TOLL_FREE = ['800', '833', '844', '855', '866', '877', '888'];

/** As published in September 2026; the United States' numbers at Twilio. */
export const LIST_PRICES: PriceTable = {
  date: '2026-09-30',
  tokens: {
    'gpt-realtime-2.1-mini': {
      textIn: 0.6,
      cachedTextIn: 0.06,
      textOut: 2.4,
      audioIn: 10,
      cachedAudioIn: 0.3,
      audioOut: 20,
    },
    'gpt-realtime-2.1': {
      textIn: 4,
      cachedTextIn: 0.4,
      textOut: 24,
      audioIn: 32,
      cachedAudioIn: 0.4,
      audioOut: 64,
    },
    'gpt-6.1-sol': { textIn: 2, cachedTextIn: 0.1, textOut: 10 },
  },
  soundPerMinute: {
    'gpt-transcribe': 0.0045,
    'gpt-live-transcribe': 0.017,
    'gpt-realtime-whisper': 0.017,
  },
  carrier: {
    inbound: { '+1': 0.0085, ...Object.fromEntries(TOLL_FREE.map((code) => [`+1${code}`, 0.022])) },
    outbound: { '+1': 0.014 },
    stream: 0.0044,
    machineDetection: 0.0075,
  },
};

/** The table in a file's text, or the list prices and what is wrong, as the end of a sentence about the file. */
export function parsePrices(text: string): { readonly data: PriceTable; readonly problem: string | null } {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch {
    return { data: LIST_PRICES, problem: 'which is not valid JSON.' };
  }
  const { data, error } = priceTableSchema.safeParse(written);
  if (data !== undefined) return { data, problem: null };
  const [issue] = error.issues;
  const place = issue?.path.join('.') || 'the whole';
  return {
    data: LIST_PRICES,
    problem: `in which ${place} is wrong: ${issue?.message ?? 'it does not fit'}.`,
  };
}

export function byTokens({ tokens }: PriceTable, model: string): TokenRates | null {
  return longest(tokens, model);
}

export function bySound({ soundPerMinute }: PriceTable, model: string): number | null {
  return longest(soundPerMinute, model);
}

export function pricePerMinute(byNumber: Readonly<Record<string, number>>, number: string): number | null {
  return longest(byNumber, number);
}

/** The entry whose name is the longest beginning of `name`. */
function longest<T>(entries: Readonly<Record<string, T>>, name: string): T | null {
  const fitting = Object.keys(entries).filter((beginning) => name.startsWith(beginning));
  const best = fitting.reduce((one, other) => (other.length > one.length ? other : one), '');
  return entries[best] ?? null;
}
