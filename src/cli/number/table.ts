// Before and after, side by side, for a terminal.
import type { Webhooks } from '../../call/number-webhooks.ts';

type Row = readonly [name: string, value: (webhooks: Webhooks) => string];

const ROWS: readonly Row[] = [
  ['A call comes in', (of) => address(of.voiceMethod, of.voiceUrl)],
  ['If that fails', (of) => address(of.voiceFallbackMethod, of.voiceFallbackUrl)],
  ['Status changes', (of) => address(of.statusCallbackMethod, of.statusCallback)],
  ['Application', (of) => of.voiceApplicationSid || '–'],
];

export function beforeAndAfter(before: Webhooks, after: Webhooks): readonly string[] {
  const cells = ROWS.map(([name, value]) => [name, value(before), value(after)] as const);
  const widthOf = (column: 0 | 1, least: string): number =>
    Math.max(least.length, ...cells.map((row) => row[column].length));
  const [nameWidth, beforeWidth] = [widthOf(0, ''), widthOf(1, 'before')];
  const line = (name: string, was: string, sign: string, is: string): string =>
    `  ${name.padEnd(nameWidth)}  ${was.padEnd(beforeWidth)} ${sign} ${is}`.trimEnd();
  return [
    line('', 'before', ' ', 'after'),
    ...cells.map(([name, was, is]) => line(name, was, was === is ? ' ' : '→', is)),
  ];
}

export function address(method: string, url: string): string {
  return url === '' ? '–' : `${method || 'POST'} ${url}`;
}
