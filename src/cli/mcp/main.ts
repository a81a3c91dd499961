// `npx patchcord mcp`: the telephone's tools over stdio, through a running relay's API. stdout carries the protocol and
// nothing else; the client shows stderr in its log.
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { parseArgs } from 'node:util';
import { systemClock } from '../../call/system-clock.ts';
import { createToolServer } from '../../mcp/tool-server.ts';
import { findRelay } from '../find-relay.ts';
import { telephoneByHttp } from './telephone-by-http.ts';

const USAGE = `npx patchcord mcp

An MCP server over stdio, for a client that starts it: place_call, get_call, list_calls, hang_up, say and note, through a
running relay. docs/mcp.md has the lines for the usual clients.

  --relay <url>   where the relay is (default: WEBHOOK_URL); elsewhere it needs OPERATOR_TOKEN

It ends when its client closes its input. The calls go on.`;

async function main(): Promise<number> {
  let relay: string | null;
  try {
    const { values } = parseArgs({
      options: { relay: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    relay = values.relay ?? null;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const found = await findRelay(relay);
  if (found.is === 'none') return refuse(found.why);
  const closing = new AbortController();
  const server = createToolServer({
    telephone: telephoneByHttp(found.url, found.token),
    clock: systemClock,
    closing: closing.signal,
    onBug: (error) => console.error(error),
  });
  const over = Promise.withResolvers<void>();
  process.stdin.once('end', () => over.resolve());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.resolve());
  await server.connect(new StdioServerTransport());
  await over.promise;
  closing.abort();
  await server.close();
  return 0;
}

function refuse(why: string): number {
  console.error(`✗ ${why}\n\n${USAGE}`);
  return 2;
}

process.exitCode = await main();
