// The operator's token, where OPERATOR_TOKEN names none: made once and kept for later starts. For a SQLite file it lies
// beside the database, where a person can read it. Postgres keeps it in a table: machines that share their calls must share
// the token too, since a balancer leads a request to any of them, and the disk of such a machine is often lost at a deploy.
import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { codeOf } from '../call/error-code.ts';
import { StoreError } from '../call/call-store.ts';
import { chooseStore, fileOf, problemWithDatabaseUrl } from './choose-store.ts';

export interface KeptToken {
  /** Where it is kept, for people. */
  readonly place: string;
  /** null if none was made yet. Rejects if the place cannot be read. */
  find(): Promise<string | null>;
  /** Of processes that ask at once, one makes it and all get the same. Rejects if it cannot be kept. */
  findOrMake(): Promise<{ readonly token: string; readonly isNew: boolean }>;
}

/** Keeps one token. Methods reject with a StoreError only. */
export interface TokenStore {
  token(): Promise<string | null>;
  /** Does nothing if there is one already. */
  keepToken(token: string): Promise<void>;
}

/** `databaseUrl` must have no problem; `store` is of the same URL. */
export function keptToken(databaseUrl: string, store: TokenStore): KeptToken {
  const file = fileOf(databaseUrl);
  const place = file === null ? 'the database' : `${file}.token`;
  const kept = file === null ? store : tokenFile(place);
  return {
    place,
    find: () => kept.token(),
    async findOrMake() {
      const found = await kept.token();
      if (found !== null) return { token: found, isNew: false };
      const made = randomBytes(32).toString('base64url');
      await kept.keepToken(made);
      const token = (await kept.token()) ?? made;
      return { token, isNew: token === made };
    },
  };
}

/** For a command beside the relay: the kept token, null if there is none or it cannot be read. */
export async function findKeptToken(databaseUrl: string): Promise<string | null> {
  if (problemWithDatabaseUrl(databaseUrl) !== null) return null;
  const store = chooseStore(databaseUrl);
  try {
    return await keptToken(databaseUrl, store).find();
  } catch {
    return null;
  } finally {
    await store.close();
  }
}

function tokenFile(path: string): TokenStore {
  return {
    async token() {
      const text = await readFile(path, 'utf8').catch(unless('ENOENT'));
      return text === undefined || text.trim() === '' ? null : text.trim();
    },
    async keepToken(token) {
      // A link appears with its content, or not at all if there is one: of two processes, none reads an empty file.
      const draft = `${path}.${randomUUID()}`;
      try {
        await writeFile(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
        await link(draft, path);
      } catch (error) {
        unless('EEXIST')(error);
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}

function unless(expected: string) {
  return (error: unknown): undefined => {
    const code = codeOf(error) ?? 'FILE';
    if (code !== expected) throw new StoreError(code);
  };
}
