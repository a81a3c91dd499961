// What the documents print, run as printed: blocks of shell against `npm run sandbox -- --telephones`, and every option that a
// command of theirs is given.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { INHERITED_ENV } from './support/command.ts';

const run = promisify(execFile);
const DOCUMENTS = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'));

const missing = ['bash', 'curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
const SKIPPED = missing.length === 0 ? '' : ` (skipped: no ${missing.join(', no ')} on this machine)`;

/** Every option that a document gives to a script of package.json. */
function optionsGiven(): readonly { readonly script: string; readonly option: string }[] {
  const given = new Map<string, { script: string; option: string }>();
  for (const document of DOCUMENTS) {
    const commands = readFileSync(document, 'utf8').matchAll(/npm run ([\w:]+) -- ([^`\n]+)/g);
    for (const [, script = '', rest = ''] of commands)
      for (const [option] of rest.matchAll(/--[a-z][\w-]*/g))
        given.set(`${script} ${option}`, { script, option });
  }
  return [...given.values()];
}

describe('an option that a document gives', () => {
  it.each(optionsGiven())('stands in the help of $script: $option', async ({ script, option }) => {
    const [node, ...file] = (scripts[script] ?? '').split(' ');
    expect(node).toBe('node');
    const { stdout } = await run(process.execPath, [...file, '--help'], { env: INHERITED_ENV });
    expect(stdout).toContain(option);
  });
});

interface Block {
  readonly shell: string;
  /** What the document says that it prints; null if it says nothing. */
  readonly prints: string | null;
}

/** The indented blocks below a heading, each with the fenced block that follows at once. */
function blocksOf(document: string, heading: string): readonly Block[] {
  const [, section = ''] = readFileSync(document, 'utf8').split(`## ${heading}\n`);
  const text = section.split(/^## /m)[0] ?? '';
  return [...text.matchAll(/((?:^ {4}.*\n)+)(?:\n```\n([^`]*)```)?/gm)].map(([, shell = '', prints]) => ({
    shell: shell.replace(/^ {4}/gm, ''),
    prints: prints ?? null,
  }));
}

/** What each client makes of its lines, with this checkout in the place of the package. */
function transportsIn(
  text: string,
  cwd: string,
): { readonly client: string; readonly transport: Transport }[] {
  const blocks = text.matchAll(/^\*\*([\w ]+)\*\*[^\n]*\n\n```(sh|toml|json)\n(.+?)```/gms);
  return [...blocks].map(([, client = '', language = '', lines = '']) => ({
    client,
    transport: language === 'json' ? transportOf(JSON.parse(lines), cwd) : overHttp(lines),
  }));
}

const serversSchema = z.object({
  patchcord: z.looseObject({
    command: z.literal('npx').optional(),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  }),
});

function transportOf(config: object, cwd: string): Transport {
  const { patchcord: server } = serversSchema.parse(Object.values(config)[0]);
  if (server.command === undefined) return overHttp(JSON.stringify(server));
  const [yes, name, ...args] = server.args;
  expect([yes, name]).toEqual(['-y', 'patchcord']);
  return new StdioClientTransport({
    command: process.execPath,
    args: [resolve('src/cli/patchcord.ts'), ...args],
    env: { ...INHERITED_ENV, ...server.env },
    cwd,
  });
}

/** The address and the token, in whatever form; Codex has the token in a variable. */
function overHttp(lines: string): Transport {
  const [url = ''] = /http:\/\/[^\s"]+/.exec(lines) ?? [];
  const [authorization = lines.includes('"OPERATOR_TOKEN"') ? 'Bearer operator-token' : ''] =
    /Bearer [\w-]+/.exec(lines) ?? [];
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization } },
  }) as Transport;
}

describe.skipIf(missing.length > 0)(`beside the sandbox's telephones${SKIPPED}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-documents-'));
  let port = '';
  let stopSandbox = async (): Promise<void> => {};

  beforeAll(async () => {
    const [, ...file] = (scripts['sandbox'] ?? '').split(' ');
    const child = spawn(
      process.execPath,
      [...file.map((one) => (one.startsWith('--') ? one : resolve(one))), '--telephones'],
      {
        cwd: folder,
        env: { ...INHERITED_ENV, PORT: '5600' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    stopSandbox = async () => {
      child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'exit');
    };
    const output = createInterface({ input: child.stdout });
    const { promise, resolve: done, reject } = Promise.withResolvers<string>();
    // Read to the end: a full pipe would stop the sandbox.
    output.on('line', (line) => {
      const found = /^ +relay +http:\/\/localhost:(\d+)/.exec(line)?.[1];
      if (found !== undefined) done(found);
    });
    child.on('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
    port = await promise;
  });

  afterAll(async () => {
    await stopSandbox();
    rmSync(folder, { recursive: true, force: true });
  });

  /** With the sandbox's own port in place of the usual one; a command that fails, fails the run. */
  async function bash(script: string): Promise<string> {
    const { stdout } = await run('bash', ['-c', script.replaceAll('localhost:5000', `localhost:${port}`)], {
      cwd: folder,
      env: { ...INHERITED_ENV, NO_PROXY: 'localhost' },
    });
    return stdout;
  }

  async function outputsOf(blocks: readonly Block[]): Promise<readonly string[]> {
    const mark = '@@ next block';
    const out = await bash(['set -e', ...blocks.map(({ shell }) => `${shell}\necho '${mark}'`)].join('\n'));
    return out.split(`${mark}\n`).slice(0, -1);
  }

  it('docs/outbound.md prints what it says', { timeout: 180_000 }, async () => {
    const blocks = blocksOf('docs/outbound.md', 'Over HTTP');
    const outputs = await outputsOf(blocks);
    expect(blocks.map(({ prints }) => prints !== null)).toEqual([false, true, true, true]);
    for (const [index, { prints }] of blocks.entries()) expect(outputs[index]).toBe(prints ?? '');
  });

  it('docs/api.md: the speech API speaks, hears it again and holds a conversation', async () => {
    const blocks = blocksOf('docs/api.md', 'The speech API');
    expect(blocks).toHaveLength(1);
    const [out = ''] = await outputsOf(blocks);
    expect(out).toMatch(/^X-Spoken-Verbatim: yes\r$/m);
    const [heard = '', turn = ''] = out.slice(out.indexOf('{')).split(/(?<=\})\s*(?=\{)/);
    expect(JSON.parse(heard)).toMatchObject({ text: 'We open at nine.' });
    expect(JSON.parse(turn)).toMatchObject({ text: expect.stringMatching(/\w/) });
  });

  it('docs/mcp.md: a curl books a table', async () => {
    const [block] = blocksOf('docs/mcp.md', 'By hand');
    const [out] = await outputsOf(block === undefined ? [] : [block]);
    expect(out).toBe(block?.prints);
  });

  it('docs/mcp.md: the lines for every client reach the tools', async () => {
    const transports = transportsIn(
      readFileSync('docs/mcp.md', 'utf8').replaceAll(':5000', `:${port}`),
      folder,
    );
    expect(transports.map(({ client }) => client)).toEqual([
      'Claude Code',
      'Codex',
      'Cursor',
      'VS Code',
      'Gemini CLI',
      'Claude Desktop',
    ]);
    for (const { transport } of transports) {
      const client = new Client({ name: 'a reader', version: '1' });
      await client.connect(transport);
      const { tools } = await client.listTools();
      expect(tools).toHaveLength(6);
      const listed = await client.callTool({ name: 'list_calls', arguments: {} });
      expect(listed).not.toHaveProperty('isError');
      await client.close();
    }
  });

  it('README.md places a call with its one curl', async () => {
    const [block] = blocksOf('README.md', 'Calling out').filter(({ shell }) => shell.startsWith('curl'));
    const out = await bash(block?.shell ?? '');
    const { id }: { id: string } = JSON.parse(out);
    expect(id).toMatch(/^CO/);
    await bash(`curl -sN localhost:5000/calls/${id}/events -H "Authorization: Bearer operator-token"`);
  });

  it('examples/reservation.sh books a table, also as the second call to the same restaurant', async () => {
    const example = resolve('examples/reservation.sh');
    const out = await bash(`RELAY=http://localhost:5000 bash '${example}'`);
    expect(JSON.parse(out.slice(out.indexOf('{')))).toMatchObject({
      endReason: 'agent-ended',
      result: { status: 'answered', value: { isBooked: true, confirmationNumber: '4711' } },
    });
  });
});
