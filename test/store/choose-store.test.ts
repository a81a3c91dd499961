import { expect, it } from 'vitest';
import { chooseStore, problemWithDatabaseUrl } from '../../src/store/choose-store.ts';
import { started, Writing } from './some-calls.ts';

it.each([
  ['', 'sqlite'],
  ['sqlite:calls.db', 'sqlite'],
  ['sqlite:/tmp/calls.db', 'sqlite'],
  ['sqlite:///tmp/calls.db', 'sqlite'],
  ['file:./calls.db', 'sqlite'],
  ['file:///tmp/calls.db', 'sqlite'],
  ['sqlite::memory:', 'sqlite'],
  ['postgres://patchcord:secret@db.example/calls', 'postgres'],
  ['postgresql://db.example/calls?sslmode=require', 'postgres'],
])('"%s" is %s', async (url, kind) => {
  expect(problemWithDatabaseUrl(url)).toBeNull();
  const store = chooseStore(url);
  expect(store.kind).toBe(kind);
  await store.close();
});

it.each([
  'calls.db',
  'mysql://db/calls',
  'sqlite:',
  'file:',
  'postgres://',
  'postgres:db',
  'sqlite:calls.db?mode=ro',
  'sqlite://calls.db',
])('"%s" is refused', (url) => {
  expect(problemWithDatabaseUrl(url)).toMatch(/^must be .*\.$/);
});

it('a URL that is refused is not repeated: it may hold a password', () => {
  expect(problemWithDatabaseUrl('mysql://root:sesame@db/calls')).not.toContain('sesame');
});

it('a store in memory forgets with its process, and works till then', async () => {
  const store = chooseStore('sqlite::memory:');
  await store.append(new Writing('a').batch([started('CA1')]));
  expect(await store.load('CA1')).not.toBeNull();
  await store.close();
});
