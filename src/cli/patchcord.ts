#!/usr/bin/env node
// `npx patchcord <command>`: the npm scripts of a checkout, for the installed package. Nothing but this file is imported
// before Node's version is known to do, so that an older one gets a sentence instead of a stack trace.

const COMMANDS: Readonly<Record<string, readonly [what: string, run: () => Promise<unknown>]>> = {
  demo: ['a whole phone call on this machine, offline', () => import('../../sandbox/demo/main.ts')],
  sandbox: ['the relay and both far ends, to call by hand', () => import('../../sandbox/main.ts')],
  start: ['the relay', () => import('../main.ts')],
  doctor: ['checks everything a call needs', () => import('./doctor/main.ts')],
  number: ['points the Twilio number at the relay', () => import('./number/main.ts')],
  agent: ["creates, changes or shows an agent of OpenAI's Agents API", () => import('./agent/main.ts')],
  costs: ['what a call costs, with each voice and line', () => import('./costs/main.ts')],
  call: ['places an outbound call and shows it', () => import('./call/main.ts')],
  mcp: ["a telephone for MCP clients, over stdio: a running relay's calls", () => import('./mcp/main.ts')],
};

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, [what]]) => `  ${name.padEnd(8)} ${what}`);
  return `npx patchcord <command>\n\n${lines.join('\n')}\n\nnpx patchcord <command> --help says more of each.`;
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [command = '', ...rest] = process.argv.slice(2);
const found = COMMANDS[command];
if (major < 24 || (major === 24 && minor < 12)) {
  console.error(`Patchcord needs Node 24.12 or newer; this is ${process.version}. See https://nodejs.org.`);
  process.exitCode = 1;
} else if (found !== undefined) {
  process.argv = [...process.argv.slice(0, 2), ...rest];
  await found[1]();
} else {
  const isAsked = command === '' || command === '--help' || command === '-h';
  if (isAsked) console.log(help());
  else console.error(`There is no command "${command}".\n\n${help()}`);
  process.exitCode = isAsked ? 0 : 2;
}
