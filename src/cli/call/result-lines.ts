// A call's result as lines for a terminal, with the evidence of each value; pure. A value that nobody said is shown and
// marked.
import { plain } from './narration.ts';
import type { PublicResult } from '../../call/call-result.ts';

export function resultLines(result: PublicResult): readonly string[] {
  switch (result.status) {
    case 'not-reached':
      return [`Nobody was reached (${plain(result.why)}), so there is no result.`];
    case 'failed':
      return [
        'The agent returned nothing that fits the schema:',
        ...result.problems.map((problem) => `  ✗ ${plain(problem)}`),
      ];
    case 'answered':
      return [
        ...(result.summary === undefined ? [] : [`Summary: ${plain(result.summary)}`, '']),
        'Result:',
        '',
        ...valueLines(result),
      ];
  }
}

function valueLines({ value, findings }: Extract<PublicResult, { status: 'answered' }>): readonly string[] {
  if (findings.length === 0) return [`  ${JSON.stringify(value)}`];
  const names = findings.map(({ pointer }) => plain(pointer.replace(/^\//, '')));
  const width = Math.max(...names.map((name) => name.length));
  return findings.flatMap(({ pointer, is, evidence }, index) => [
    `  ${is === 'supported' ? '✓' : '✗'} ${(names[index] ?? '').padEnd(width)}  ${shown(valueAt(value, pointer))}${STANDING[is]}`,
    ...evidence.map(({ line, who, text }) => `      [${line}] ${NAMES[who] ?? plain(who)}: "${plain(text)}"`),
  ]);
}

const STANDING = {
  supported: '',
  unsupported: '   unsupported: nobody said it',
  hedged: '   hedged: they were not sure',
  retracted: '   retracted: they took it back',
};
const NAMES: Readonly<Record<string, string>> = { caller: 'callee', agent: 'agent', relay: 'relay' };

function shown(value: unknown): string {
  return plain(JSON.stringify(value) ?? '–');
}

function valueAt(value: unknown, pointer: string): unknown {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? Reflect.get(inner, name)
        : undefined,
    value,
  );
}
