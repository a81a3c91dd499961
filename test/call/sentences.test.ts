import { describe, expect, it } from 'vitest';
import { Sentences } from '../../src/call/sentences.ts';
import { isSpokenAsWritten, speakable } from '../../src/call/speakable.ts';

function segmentsOf(text: string, size: number): string[] {
  const sentences = new Sentences();
  const segments: string[] = [];
  for (let at = 0; at < text.length; at += size) segments.push(...sentences.push(text.slice(at, at + size)));
  return [...segments, ...sentences.end()];
}

describe('[T2] sentences, however the text is cut', () => {
  it.each([
    ['We open at nine. Do come! Will you?', ['We open at nine.', 'Do come!', 'Will you?']],
    ['It is $3.50 at 3 p.m. today. Fine.', ['It is $3.50 at 3 p.m. today.', 'Fine.']],
    ['Dr. Smith and J. Doe are in. Mrs. X. is not.', ['Dr. Smith and J. Doe are in.', 'Mrs. X. is not.']],
    ['One line\nAnother line\n', ['One line', 'Another line']],
    ['1. Roses\n2. Tulips', ['1: Roses', '2: Tulips']],
    ['See [our site? Yes.](https://a.b/c. d) now. Bye.', ['See our site? Yes. now.', 'Bye.']],
    ['**Bold one. Bold two.** Plain.', ['Bold one.', 'Bold two.', 'Plain.']],
    ['你好。再见。', ['你好。', '再见。']],
    ['No end', ['No end']],
    ['', []],
  ])('%j', (text, segments) => {
    for (const size of [1, 3, 7, 1000]) expect(segmentsOf(text, size)).toEqual(segments);
  });

  it('a sentence is known to have ended once something follows', () => {
    const sentences = new Sentences();
    expect(sentences.push('It costs 3.')).toEqual([]);
    expect(sentences.push('50. ')).toEqual([]);
    expect(sentences.push('Yes')).toEqual(['It costs 3.50.']);
  });

  it('a run-on is cut at a pause, and nothing of it is lost', () => {
    const words = Array.from({ length: 300 }, (_, n) => `word${n}${n % 9 === 8 ? ',' : ''}`).join(' ');
    const segments = segmentsOf(words, 5);
    expect(segments.length).toBeGreaterThan(5);
    expect(Math.max(...segments.map((segment) => segment.length))).toBeLessThanOrEqual(300);
    expect(segments.join(' ')).toBe(words);
    expect(segmentsOf(words, 100_000).join(' ')).toBe(words);
  });
});

describe('[T7] what cannot be said is not said', () => {
  it.each([
    ['## Our **best** roses', 'Our best roses'],
    ['- *Red* roses: `$3`', 'Red roses: $3'],
    ['> quoted ~~old~~ text', 'quoted old text'],
    ['See [our page](https://x.y/z?a=b) today', 'See our page today'],
    ['Go to https://www.roses.com/shop?a=1.', 'Go to roses.com.'],
    ['See [the rose](https://x.y/Rose_(film)), please', 'See the rose, please'],
    ['Open till six【4:0†source】 [1][^2].', 'Open till six.'],
    ['Cited \u{E200}cite\u{E202}turn0search0\u{E201} here.', 'Cited here.'],
    ['Lovely 🌹👍🏽 flowers 🇫🇷 1️⃣', 'Lovely flowers 1'],
    ['| Rose | 3 |', 'Rose, 3'],
    ['|---|:-:|', ''],
    ['---', ''],
    ['🌹🌹', ''],
    ['```js', ''],
    ['a<br>b', 'a b'],
    ['2 * 3 * 4 = 24, snake_case_name, 5 < 6', '2 * 3 * 4 = 24, snake_case_name, 5 < 6'],
    ["It's 50% off at ann@roses.com!", "It's 50% off at ann@roses.com!"],
  ])('%j is said as %j', (written, said) => {
    expect(speakable(written)).toBe(said);
  });
});

describe('[T6] spoken as written', () => {
  it.each([
    ['We open at nine.', 'we open at nine', true],
    ['Café – 3 roses!', 'Café 3 roses', true],
    ['We open at nine.', 'We open at ten.', false],
    ['We open at nine.', 'Sure! We open at nine.', false],
    ['We open at nine.', '', false],
  ])('%j against %j', (written, spoken, is) => {
    expect(isSpokenAsWritten(written, spoken)).toBe(is);
  });
});
