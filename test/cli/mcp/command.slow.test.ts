// `npx patchcord mcp` as an MCP client starts it: what it says to a person, and to a client whose relay is away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { INHERITED_ENV, runCommand } from '../../support/command.ts';

function anEmptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-mcp-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const run = (args: readonly string[], env = {}) =>
  runCommand('src/cli/patchcord.ts', ['mcp', ...args], env, anEmptyFolder());

describe('npx patchcord mcp', () => {
  it('says with --help what it is', async () => {
    const { exitCode, out } = await run(['--help']);
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/place_call.*--relay/s)]);
  });

  it.each([
    [[], {}, 'Set WEBHOOK_URL or give --relay'],
    [['--relay', 'https://elsewhere.example'], {}, 'OPERATOR_TOKEN is not set'],
    [['--relays', 'x'], {}, '--relays'],
  ])('refuses %j, with the protocol left clean', async (args, env, why) => {
    const { exitCode, out, errors } = await run(args, env);
    expect([exitCode, out, errors]).toEqual([2, '', expect.stringContaining(why)]);
  });

  it('ends when its client closes the input', async () => {
    const { exitCode, out } = await run(['--relay', 'http://127.0.0.1:1'], { OPERATOR_TOKEN: 't' });
    expect([exitCode, out]).toEqual([0, '']);
  });

  it('starts without its relay, whose absence is then a tool error', async () => {
    const client = new Client({ name: 'a program', version: '1' });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [resolve('src/cli/patchcord.ts'), 'mcp', '--relay', 'http://127.0.0.1:1'],
        env: { ...INHERITED_ENV, OPERATOR_TOKEN: 't' },
        cwd: anEmptyFolder(),
      }),
    );
    onTestFinished(() => client.close());
    const answer = await client.callTool({ name: 'list_calls', arguments: {} });
    expect(answer).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^relay_away: No relay answers .*\nTell your user to start/) }],
    });
  });
});
