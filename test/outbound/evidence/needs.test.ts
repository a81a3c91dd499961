import { describe, expect, it } from 'vitest';
import { needsOf, type Need, type Passage } from '../../../src/outbound/evidence/needs.ts';
import { tokensOf } from '../../../src/outbound/evidence/spoken-tokens.ts';
import { TUESDAY } from '../outcome/some-talk.ts';

function isHeld(value: string | number, line: string): boolean {
  const passage: Passage = { tokens: tokensOf(line), saidAt: TUESDAY, steps: { left: 1e6 } };
  const isMet = ({ parts, least, mandatory }: Need): boolean => {
    const held = parts.map((part) => part(passage));
    return held.filter(Boolean).length >= least && held.slice(0, mandatory).every(Boolean);
  };
  return needsOf(value).some(isMet);
}

type Cases = readonly (readonly [value: string | number, ...lines: string[]])[];

function holds(cases: Cases): void {
  for (const [value, ...lines] of cases)
    for (const line of lines) it(`${value} · “${line}”`, () => expect(isHeld(value, line)).toBe(true));
}
function holdsNot(cases: Cases): void {
  for (const [value, ...lines] of cases)
    for (const line of lines) it(`${value} · “${line}”`, () => expect(isHeld(value, line)).toBe(false));
}

describe('a number is said', () => {
  holds([
    [
      4,
      'Four.',
      'A table for 4, please.',
      'We are four people',
      'for the fourth time',
      'The 4th floor',
      'Vier Personen.',
    ],
    [7, '4, 7 or 9', 'Between 7 and 9', "I'd say seven, maybe", 'It is at 7pm', 'Sieben!'],
    [0, 'zero', 'Null Probleme', 'I rate it 0'],
    [1, 'Just one.', '1', 'one person'],
    [47, 'Forty-seven', 'forty seven dollars', '47', 'Four seven.', 'siebenundvierzig'],
    [120, 'a hundred and twenty', 'one hundred twenty', '120', 'one twenty', 'hundertzwanzig'],
    [
      1250,
      '1,250',
      '1.250 Euro',
      'one thousand two hundred and fifty',
      'twelve hundred fifty',
      'eintausendzweihundertfünfzig',
    ],
    [2026, 'twenty twenty-six', '2026', 'two thousand and twenty six', 'zweitausendsechsundzwanzig'],
    [12, 'a dozen eggs', 'twelve', 'zwölf'],
    [6, 'half a dozen', '6'],
    [20, 'twenty', 'the twentieth'],
    [21, 'the twenty-first', 'twenty-one', 'einundzwanzig'],
    [2.5, 'two and a half hours', '2.5', '2,5 Stunden', 'two point five', 'zwei Komma fünf'],
    [0.5, 'half an hour', 'fifty percent', '50%', 'zero point five'],
    [
      45.5,
      '$45.50',
      'forty-five fifty',
      'forty five dollars and fifty cents',
      '45,50 Euro',
      '45 dollars 50',
      '45 Euro 50',
    ],
    [0.99, 'ninety-nine cents', '99 cents'],
    [3.05, 'three dollars and five cents', '$3.05'],
    [2_345_678, 'two million three hundred forty-five thousand six hundred and seventy-eight', '2,345,678'],
    [1_500_000, '1.5 million', 'one million five hundred thousand', '1,500,000'],
    [45_000, '45k', 'forty-five thousand', '45 thousand'],
    [4711, '4 7-1 1', 'four seven, one one', 'forty-seven eleven', '4,711', '4.711'],
    [-5, 'minus five degrees'],
  ]);
  holdsNot([
    [
      7,
      '47',
      'forty-seven',
      'seventeen',
      'seventy',
      'four seven one',
      '4 7 1',
      '4-7-1',
      '0.7',
      '7.5',
      '70',
      'siebzig',
      '17:07',
    ],
    [47, '4711', '4 7 1', '4, 7, 1', 'four seven one', 'three forty-seven', 'forty, no, seven', '4.7', 'B47'],
    [40, 'forty-seven', '4', 'fourteen', 'four hundred'],
    [
      1,
      'No one is here.',
      'One moment please.',
      'that one',
      'the one in the corner',
      'one of us',
      'eleven',
      '21',
    ],
    [2, 'Just a second!', 'Two hundred', 'to be honest, too', 'twenty-two', 'the second thing'],
    [20, 'the twenty-first', 'twenty-one', 'twentyfold'],
    [100, 'a hundred and twenty', 'hundreds'],
    [120, 'a hundred. And twenty.', '1200', '12'],
    [45.5, 'forty-five', '45', 'fifty', '45.05'],
    [2.5, 'two', 'five', 'two and five', '25'],
    [4711, '47', '47119', '4 7 1', 'four seven one one nine', '4712'],
    [0.5, 'five percent', 'five'],
    [1250, '12.50', '1.25', '125'],
  ]);
});

describe('a code is said', () => {
  holds([
    [
      '4711',
      '4711',
      'four seven one one',
      '4 7-1 1',
      '4, 7, 1, 1.',
      'Four. Seven. One. One.',
      'forty-seven eleven',
      'It is 47-11!',
    ],
    ['0471', 'zero four seven one', 'oh four seven one', 'o 4 7 1', '0 4 7 1'],
    ['4477', 'double four double seven', 'four four, double seven'],
    ['000', 'triple zero'],
    [
      'B74',
      'B 7 4',
      'B74',
      'b-74',
      'B as in Bravo, 7, 4',
      'Bravo seven four',
      'B for Berta seventy-four',
      'a B 7 4',
      'It is B, uh, 7 4.',
    ],
    ['AB-1234', 'A B 1 2 3 4', 'alpha bravo twelve thirty-four', 'AB dash 1234', 'It is ab1234'],
    ['HX 99 2', 'h x ninety-nine two', 'H. X. 9 9 2', 'hotel xray nine nine two'],
    ['W2Z', 'double u two zed', 'whiskey 2 zulu', 'W two zee'],
    [
      '+15551234567',
      '+1 (555) 123-4567',
      '555 123 4567',
      'one five five five, one two three, four five six seven',
      'plus 1 555 123 4567',
    ],
    [
      '+442079460958',
      '020 7946 0958',
      'oh two oh, seven nine four six, oh nine five eight',
      '+44 20 7946 0958',
    ],
    ['555-1234', 'five five five, one two three four', '555.1234', '5551234'],
    ['5 km', 'five km', '5km'],
    ['4.7', '4.7', 'four point seven'],
  ]);
  holdsNot([
    [
      '4711',
      '47',
      '471',
      '4712',
      '47119',
      'four seven one',
      'four seven one one nine',
      '9 4 7 1 1',
      '4, 7, 1, 1, 9',
      'B4711',
    ],
    ['B74', 'B 7', '74', 'B 7 4 1', 'D 7 4', 'the bee has 74', 'AB 7 4', 'B. We are 74 here, B'],
    ['74', 'B 7 4', 'B74', '7', '74 11'],
    ['+15551234567', '123 4567', '555 123 4568', '555 123 456'],
    ['5551234567', '234 567', '555 123 45678'],
    ['4.7', '47', 'four seven'],
    ['0471', '471', 'four seven one'],
  ]);
});

describe('a time is said', () => {
  holds([
    [
      '14:30',
      'half past two',
      'two thirty',
      '2:30',
      '2:30 pm',
      '14:30',
      '2.30 p.m.',
      'half two works',
      'halb drei',
      '14 Uhr 30',
      'fourteen thirty',
      'at 1430 hours',
      'two-thirty in the afternoon',
      'tomorrow afternoon at half past two',
      'Good morning! Two thirty works.',
      'around 2 30 p m',
      'zwei Uhr dreißig',
    ],
    [
      '14:00',
      'at two',
      'Two.',
      '2 pm',
      'two o’clock',
      "2 o'clock in the afternoon",
      'um zwei',
      '14 Uhr',
      'fourteen hundred hours',
      'tomorrow at two is fine',
      'from two to four',
      '2pm sharp',
      'at 2, please',
    ],
    ['14:05', 'two oh five', '2:05', 'five past two', 'fünf nach zwei'],
    [
      '14:45',
      'quarter to three',
      'a quarter to 3',
      'fifteen minutes before three',
      'two forty-five',
      'Viertel vor drei',
    ],
    ['14:15', 'quarter past two', 'a quarter after two', 'Viertel nach zwei', 'two fifteen'],
    ['02:30', 'half past two in the morning', '2:30 am', 'two thirty'],
    ['12:00', 'noon', 'at midday', 'twelve o’clock', '12 pm'],
    ['00:00', 'midnight', 'um Mitternacht'],
    ['2:30 pm', 'half past two', '14:30'],
    ['9:30', 'at half past nine', 'nine thirty', 'nine thirty in the evening', 'at 9.30'],
    ['9.30', 'at half past nine', 'nine thirty', 'nine euros thirty'],
    ['2 PM', 'at two', '2pm'],
    ['09:00:00', 'nine in the morning at nine', '9 am', "nine o'clock"],
    ['20:30', 'twenty thirty', 'half past eight', '8:30 tonight'],
  ]);
  holdsNot([
    ['2:30', 'at half past nine', 'nine thirty', 'half past three'],
    ['9.30', 'at half past two', 'two thirty'],
    ['19.30', 'at half past nine'],
    [9.3, 'at half past nine'],
    [
      '14:30',
      'half past three',
      'two',
      '2:30 am',
      'two thirty in the morning',
      'thirty',
      '12:30',
      'at two',
      'halb zwei',
      'It costs 2.30',
      'half past twelve',
      '2:13',
    ],
    [
      '14:00',
      'two people',
      'a table for two',
      'for two',
      'We will be two.',
      'at two thirty',
      '2 am',
      'at twelve',
      'twenty',
      '14 people',
      'at two different places',
      'at 2:45',
      'Number two, I think it was',
    ],
    ['02:30', '14:30', '2:30 pm', 'two thirty in the afternoon'],
    ['14:45', 'quarter past three', 'quarter to two', 'three fifteen'],
    ['00:00', 'noon', 'zero'],
  ]);
});

describe('a date is said', () => {
  holds([
    [
      '2027-05-03',
      'the third of May',
      'May 3rd',
      'May third',
      'May the third',
      '3 May',
      'May 3, 2027',
      '3. Mai',
      'am dritten Mai',
      '5/3',
      '3/5/2027',
      '2027-05-03',
      'on 3.5.',
      'am 3.5.2027',
      'the third of May twenty twenty-seven',
      'May three',
    ],
    [
      '2026-12-21',
      'the twenty-first of December',
      'December 21st',
      'the twenty-first works',
      'am einundzwanzigsten',
      'twenty-one December',
      '21.12.2026',
      '12-21-26',
    ],
    [
      '2026-12-02',
      'tomorrow',
      'tomorrow at two',
      'Wednesday',
      'next Wednesday',
      'on the second',
      'December second',
      'in one day',
      'morgen um zwei',
    ],
    ['2026-12-01', 'today', 'tonight', 'heute'],
    ['2026-12-03', 'the day after tomorrow', 'in two days', 'übermorgen', 'Thursday', 'on the third'],
    ['2026-12-08', 'in a week', 'next Tuesday', 'in einer Woche', 'in seven days'],
    ['1984-02-29', 'the 29th of February 1984', 'February twenty-ninth, nineteen eighty-four', '2/29/84'],
  ]);
  holdsNot([
    [
      '2027-05-03',
      'the third',
      'the third of June',
      'May 13th',
      'May 3rd 2028',
      'May 30th',
      'I may come',
      '3',
      'the thirty-first of May',
      'the twenty-third of May',
      '5/13',
      '3/5/2028',
      'It costs 3.5',
      'table 5, 3 people',
      'Monday',
      '5-3-1',
    ],
    [
      '2026-12-02',
      'the second thing',
      'Tuesday',
      'the third',
      'Good morning',
      'Guten Morgen',
      'in two weeks',
    ],
    ['2026-12-03', 'the third floor', 'third', 'Friday'],
    ['2026-12-15', 'tomorrow', 'in a week', 'next Monday'],
  ]);
  it('a moment needs both its date and its time', () => {
    expect(isHeld('2026-12-02T14:30:00', 'tomorrow at half past two')).toBe(true);
    expect(isHeld('2026-12-02T14:30:00+01:00', 'Wednesday, 2:30 pm')).toBe(true);
    expect(isHeld('2026-12-02 14:30', 'tomorrow')).toBe(false);
    expect(isHeld('2026-12-02T14:30', 'half past two')).toBe(false);
  });
});

describe('words are said', () => {
  holds([
    [
      'Ann Lee',
      'This is Ann Lee.',
      'ann lee',
      "Lee, Ann's my name",
      'A N N, Lee',
      'alpha november november Lee',
    ],
    ['José Müller', 'jose muller', 'José MÜLLER'],
    ["O'Brien", "O'Brien", 'it is OBrien', 'O B R I E N'],
    ['Smythe', 'S-M-Y-T-H-E', 'S as in Sierra, M, Y, T, H, E', 'Smythe, with a y'],
    ['no', 'No.', 'Oh no!'],
    ['Mary-Ann', 'Mary Ann', 'maryann'],
    [
      'ann.lee@example.com',
      'ann dot lee at example dot com',
      'A N N dot lee at example dot com',
      'ann.lee@example.com',
    ],
    ['Window seat', 'The window seat, please'],
    ['$45.50', 'forty-five dollars fifty'],
    ['45 dollars', 'It is $45.', 'forty-five bucks'],
    ['2 kids and a dog', 'two kids and one dog'],
    ['The delivery was late and the box was damaged', 'It was delivered late, and the box had some damage'],
    ['Strasse', 'Straße'],
  ]);
  holdsNot([
    ['no', 'I know.', 'November', 'nothing', 'not now'],
    ['Ann Lee', 'Anna Lee', 'Ann', 'Lee', 'Joanne Lee'],
    ['Smith', 'Smithers', 'S M I T', 'Smyth'],
    ['$45.50', 'forty dollars', 'dollars', '$4550', '$45', 'forty-five'],
    ['2 kids and a dog', 'three kids and a dog', 'kids, a dog'],
    ['The delivery was late and the box was damaged', 'It was fine and on time', 'the box was and the'],
    ['ann.lee@example.com', 'ann at example dot com'],
    ['the', 'other'],
  ]);
});
