// Times of day as people say them: "half past two", "two thirty", "14:30", "quarter to three in the afternoon", "halb drei",
// "las dos y media".
// Without a word for the half of the day, a time means both.
import { isClose, valueAt, type Whole } from './spoken-numbers.ts';
import { textAt, type Token } from './spoken-tokens.ts';

const HALF_DAY = 720;
const DAY = 1440;

/** How many tokens from a time the word for its part of the day may be. */
const NEAR = 4;
const MORNING = new Set(['am', 'morning', 'morgens', 'vormittags', 'fruh', 'madrugada']);
const AFTERNOON = new Set([
  'pm',
  'afternoon',
  'evening',
  'tonight',
  'nachmittags',
  'abends',
  'nachmittag',
  'abend',
  'tarde',
  'noche',
]);
const BEFORE_A_TIME = new Set(
  'at around by until till from after before between um gegen bis ab nach vor zwischen las'.split(' '),
);
/** Words after a number that stands by itself: no counted thing follows. */
const AFTER_A_TIME = new Set(
  (
    'works is would will please then sounds today tomorrow tonight on or and to until till in if sharp for should this ' +
    'next heute morgen bitte passt ist oder und bis de del y o esta tenemos creo por manana hoy'
  ).split(' '),
);
const FEW_WORDS = 4;
/** Words before a number that is no time. */
const COUNTED = new Set('for of table number room option floor are be fur nummer sind'.split(' '));
const PAST = new Set(['past', 'after', 'nach']);
const TO = new Set(['to', 'before', 'of', 'til', 'till', 'vor']);

interface Said {
  /** Since midnight. */
  readonly minutes: number;
  /** On the 24-hour clock, so unambiguous. */
  readonly isOfDay: boolean;
  readonly at: number;
  readonly end: number;
}

export function holdsTime(tokens: readonly Token[], minutes: number): boolean {
  return tokens.some((_, at) =>
    timesAt(tokens, at).some((said) => {
      if (said.minutes % HALF_DAY !== minutes % HALF_DAY) return false;
      if (said.isOfDay) return said.minutes === minutes;
      const part = partOfDay(tokens, said);
      return part === null || (part === 'morning') === minutes < HALF_DAY;
    }),
  );
}

function timesAt(tokens: readonly Token[], at: number): Said[] {
  const text = textAt(tokens, at);
  if (text === 'noon' || text === 'midday' || /^mittags?$/.test(text))
    return [said(HALF_DAY, true, at, at + 1)];
  if (text === 'midnight' || text === 'mitternacht') return [said(0, true, at, at + 1)];
  return [...halves(tokens, at), ...minutesFrom(tokens, at), ...writtenOut(tokens, at), ...hours(tokens, at)];
}

/** "half past two", "half two", "halb drei". */
function halves(tokens: readonly Token[], at: number): Said[] {
  const text = textAt(tokens, at);
  if (text !== 'half' && text !== 'halb') return [];
  const skipped = textAt(tokens, at + 1) === 'past' ? 1 : 0;
  const hour = hourAt(tokens, at + 1 + skipped);
  if (hour === null || !isClose(tokens, at + 1)) return [];
  const minutes = hour.value * 60 + (text === 'halb' ? -30 : 30);
  return [said(minutes, hour.value > 12, at, at + 1 + skipped + hour.length)];
}

/** "quarter to three", "ten past two", "five minutes to three", "Viertel nach zwei". */
function minutesFrom(tokens: readonly Token[], at: number): Said[] {
  const isQuarter = ['quarter', 'viertel'].includes(textAt(tokens, at));
  const count = isQuarter ? { value: 15, length: 1 } : wholeAt(tokens, at);
  if (count === null || count.value < 1 || count.value > 59) return [];
  const skipped = /^(?:minutes?|minuten?)$/.test(textAt(tokens, at + count.length)) ? 1 : 0;
  const word = textAt(tokens, at + count.length + skipped);
  const direction = PAST.has(word) ? 1 : TO.has(word) ? -1 : 0;
  const hour = hourAt(tokens, at + count.length + skipped + 1);
  if (direction === 0 || hour === null || hour.value > 12) return [];
  const end = at + count.length + skipped + 1 + hour.length;
  return [said(hour.value * 60 + direction * count.value, false, at, end)];
}

/** "14:30"; "2.30" only if other words make it a time. */
function writtenOut(tokens: readonly Token[], at: number): Said[] {
  const [, hourText = '', sign = '', minuteText = ''] =
    /^(\d{1,2})([:.])(\d\d)$/.exec(textAt(tokens, at)) ?? [];
  if (hourText === '') return [];
  const hour = Number(hourText);
  const minutes = Number(minuteText);
  if (hour > 24 || minutes > 59) return [];
  if (sign === '.' && !isCalledATime(tokens, at, at + 1)) return [];
  return [said(hour * 60 + minutes, hour > 12 || hourText.startsWith('0'), at, at + 1)];
}

/** "two", "two pm", "two thirty", "two oh five", "14 Uhr 30", "fourteen hundred". */
function hours(tokens: readonly Token[], at: number): Said[] {
  const found: Said[] = [];
  const clock = wholeAt(tokens, at);
  if (clock !== null && clock.value >= 100 && isWritten(tokens, at, clock)) {
    const hour = Math.floor(clock.value / 100);
    const minutes = clock.value % 100;
    if (hour < 24 && minutes < 60)
      found.push(said(hour * 60 + minutes, hour > 12 || clock.value < 1000, at, at + clock.length));
  }
  const hour = hourAt(tokens, at);
  if (hour === null) return found;
  let end = at + hour.length;
  const rest = spanishRest(tokens, end);
  if (rest !== null)
    return [...found, said(hour.value * 60 + rest.value, hour.value > 12, at, end + rest.length)];
  const isUhr = textAt(tokens, end) === 'uhr';
  const isHour = isUhr || textAt(tokens, end) === 'oclock';
  if (isHour) end++;
  const isOfDay = hour.value > 12 || hour.value === 0;
  const minutes = minutesAt(tokens, end);
  if (minutes !== null && (isUhr || !isHour))
    found.push(said(hour.value * 60 + minutes.value, isOfDay, at, end + minutes.length));
  else if (isHour || isCalledATime(tokens, at, end) || (hour.value > 0 && isAllThatIsSaid(tokens, at, end)))
    found.push(said(hour.value * 60, isOfDay, at, end));
  return found;
}

/** Behind an hour: "y media", "y cuarto", "y diez", "menos cuarto". */
function spanishRest(tokens: readonly Token[], at: number): Whole | null {
  const word = textAt(tokens, at);
  if ((word !== 'y' && word !== 'menos') || !isClose(tokens, at) || !isClose(tokens, at + 1)) return null;
  const part = { media: 30, cuarto: 15 }[textAt(tokens, at + 1)];
  const minutes = part === undefined ? wholeAt(tokens, at + 1) : { value: part, length: 1 };
  if (minutes === null || minutes.value < 1 || minutes.value > 59) return null;
  return { value: word === 'y' ? minutes.value : -minutes.value, length: 1 + minutes.length };
}

/** 1430 by itself is a year or a price. */
function isWritten(tokens: readonly Token[], at: number, clock: { readonly length: number }): boolean {
  return (
    isCalledATime(tokens, at, at + clock.length) ||
    /^(?:hours|h|uhr)$/.test(textAt(tokens, at + clock.length))
  );
}

function isCalledATime(tokens: readonly Token[], at: number, end: number): boolean {
  if (/^(?:am|pm|uhr|h)$/.test(textAt(tokens, end))) return true;
  return BEFORE_A_TIME.has(textAt(tokens, at - 1)) && standsForItself(tokens, end);
}

/** The answer to "at what time?". */
function isAllThatIsSaid(tokens: readonly Token[], at: number, end: number): boolean {
  return tokens.length <= FEW_WORDS && !COUNTED.has(textAt(tokens, at - 1)) && standsForItself(tokens, end);
}

function standsForItself(tokens: readonly Token[], end: number): boolean {
  if (end >= tokens.length) return true;
  const gap = tokens[end]?.gap;
  return gap === 'loose' || gap === 'line' || AFTER_A_TIME.has(textAt(tokens, end));
}

function hourAt(tokens: readonly Token[], at: number): Whole | null {
  const hour = textAt(tokens, at) === 'ein' ? { value: 1, length: 1 } : wholeAt(tokens, at);
  return hour !== null && hour.value <= 24 ? hour : null;
}

function minutesAt(tokens: readonly Token[], at: number): Whole | null {
  if (!isClose(tokens, at)) return null;
  const isOh = ['oh', 'o'].includes(textAt(tokens, at));
  const minutes = wholeAt(tokens, isOh ? at + 1 : at);
  if (minutes === null) return null;
  if (isOh) return minutes.value < 10 ? { value: minutes.value, length: minutes.length + 1 } : null;
  const isPlain = minutes.value >= 10 || textAt(tokens, at).length === 2;
  return isPlain && minutes.value < 60 ? minutes : null;
}

function partOfDay(tokens: readonly Token[], { at, end }: Said): 'morning' | 'afternoon' | null {
  for (let away = 0; away < NEAR; away++) {
    for (const near of [end + away, at - 1 - away]) {
      const text = textAt(tokens, near);
      // "Good morning" tells no time.
      if (textAt(tokens, near - 1) === 'good' || textAt(tokens, near - 1).startsWith('gut')) continue;
      if (MORNING.has(text)) return 'morning';
      if (text === 'manana' && textAt(tokens, near - 1) === 'la') return 'morning';
      if (AFTERNOON.has(text)) return 'afternoon';
    }
  }
  return null;
}

function said(minutes: number, isOfDay: boolean, at: number, end: number): Said {
  return { minutes: (minutes + DAY) % DAY, isOfDay, at, end };
}

function wholeAt(tokens: readonly Token[], at: number): Whole | null {
  const number = valueAt(tokens, at);
  return number !== null && Number.isInteger(number.value) ? number : null;
}
