// The environment as it may be shown: no key, token, password or header, and nothing else that could hold one.
import type { Environment } from './env-reader.ts';
import { variables } from './environment.ts';

export interface ShownVariable {
  readonly name: string;
  /** `missing`: it has no default, and is not set. */
  readonly is: 'set' | 'default' | 'missing';
  /** What counts; null for a secret, and where nothing does. */
  readonly value: string | null;
}

const SECRET = /KEY|TOKEN|SECRET|PASSWORD|HEADERS|DATABASE_URL|ENDPOINT|_SID$/;

export function shownVariables(env: Environment): readonly ShownVariable[] {
  return variables().map(({ name, fallback }) => {
    const given = env[name] ?? '';
    const is = given !== '' ? 'set' : fallback === null ? 'missing' : 'default';
    const value = is === 'set' ? given : fallback;
    return { name, is, value: value === null || isSecret(name, value) ? null : value };
  });
}

function isSecret(name: string, value: string): boolean {
  const { username = '', password = '', search = '' } = URL.parse(value) ?? {};
  return SECRET.test(name) || username !== '' || password !== '' || search !== '';
}
