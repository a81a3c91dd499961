import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Agent } from '../../../src/call/ports.ts';
import { ownModule } from '../../../src/agent/own-module/own-module.ts';
import { agentContract } from '../agent-contract.ts';
import {
  GREETED,
  message,
  NOWHERE,
  optionsFor,
  patience,
  type Reach,
  read,
  textOf,
  UNGREETED,
} from '../far-end.ts';

const FIXTURES = join(import.meta.dirname, 'modules');
const SDK_AGENT = join(FIXTURES, 'sdk.ts');
const GENERATOR = join(FIXTURES, 'scripted-generator.ts');

let places = 0;
const folder = mkdtempSync(join(tmpdir(), 'own-module-'));

// The Agents SDK takes seconds to import on a busy machine: not in a test that measures time.
beforeAll(async () => {
  await own(SDK_AGENT).lookUp();
});

afterAll(() => rmSync(folder, { recursive: true }));

function own(path: string, reach: Reach = NOWHERE): Agent {
  return ownModule.open(path, optionsFor(reach));
}

/** A module of one's own with these lines in it. */
function written(lines: string): string {
  const path = join(folder, `module-${++places}.ts`);
  writeFileSync(path, lines);
  return path;
}

agentContract('an Agent of the Agents SDK', (reach) => own(SDK_AGENT, reach), { isKeptByVendor: false });
agentContract(
  'an async generator',
  ({ baseUrl, apiKey, agentTimeoutMs }) =>
    own(
      written(`import { scripted } from ${JSON.stringify(GENERATOR)};
               export const agent = scripted(${JSON.stringify(baseUrl)}, ${JSON.stringify(apiKey)}, ${agentTimeoutMs ?? 10_000});`),
    ),
  { callsTools: false, hasCommentary: false, canBeLookedUp: false, isKeptByVendor: false },
);

describe("a module of one's own", () => {
  const problem = async (path: string): Promise<string> => {
    const found = await own(path).lookUp();
    expect(found.is).toBe('wrong');
    return found.is === 'wrong' ? found.problem : '';
  };
  const echo = 'async function* ({ text }) { yield `You said ${text}`; }';

  const looks = 'name: "x", tools: [], handoffs: [], outputType: "text", clone() {}, getSystemPrompt() {}';

  it.each([
    ['by the name "agent"', `export const agent = ${echo};`],
    ['by default', `export default ${echo};`],
    ['by both', `export const agent = ${echo}; export default 7;`],
  ])('uses what it exports %s', async (_, lines) => {
    const agent = own(written(lines));
    expect(await agent.lookUp()).toEqual({ is: 'found' });
    const conversation = agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('You said Hi.');
    await conversation.close();
  });

  it('resolves a relative path from where the relay was started', async () => {
    const path = relative(process.cwd(), written(`export const agent = ${echo};`));
    expect(await own(path).lookUp()).toEqual({ is: 'found' });
  });

  it('that does not exist is reported with its full path', async () => {
    expect(await problem('./nothing.ts')).toContain(join(process.cwd(), 'nothing.ts'));
    expect(await problem('.')).toContain('no file');
  });

  it.each([
    ['a number', 'export const agent = 7;'],
    ['nothing', 'export const other = 7;'],
    ['a class', 'export class agent {}'],
    ['an object of another kind', 'export const agent = { name: "x", run() {} };'],
    ['a workflow of Agent Builder', 'export const runWorkflow = async () => {};'],
  ])('that exports %s is reported with what to export', async (_, lines) => {
    expect(await problem(written(lines))).toMatch(/exports no agent.*"agent".*function/);
  });

  it('that cannot be parsed is reported with a way to find out why', async () => {
    const path = written('export const agent = ;');
    expect(await problem(path)).toContain(`Run "node ${path}"`);
  });

  it("that throws is reported only by the error's class", async () => {
    const told = await problem(written('throw new RangeError("the key is sk-123");'));
    expect(told).toContain('RangeError');
    expect(told).not.toContain('sk-123');
  });

  it('that imports a missing package is reported', async () => {
    expect(await problem(written('import "not-installed-at-all";'))).toContain('cannot be loaded');
  });

  it('recognises an Agent out of a bundle by its shape', async () => {
    const found = await own(written(`export const agent = { ${looks} };`)).lookUp();
    expect(found).toEqual({ is: 'found' });
  });

  it('runs an Agent with the copy of the Agents SDK beside its file', async () => {
    const home = join(folder, 'node_modules', '@openai', 'agents');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ exports: { '.': { import: './own.mjs' } } }));
    writeFileSync(
      join(home, 'own.mjs'),
      `globalThis.ownCopy = true; export * from ${JSON.stringify(import.meta.resolve('@openai/agents'))};`,
    );
    await own(written(`export const agent = { ${looks} };`)).lookUp();
    expect(Reflect.get(globalThis, 'ownCopy')).toBe(true);
  });

  it('reports an Agent that answers in JSON', async () => {
    const path = written(
      `import { Agent } from ${JSON.stringify(import.meta.resolve('@openai/agents'))};
       export const agent = new Agent({ name: 'x', outputType: { type: 'json_schema', name: 'o', strict: true,
         schema: { type: 'object', properties: {}, required: [], additionalProperties: false } } });`,
    );
    expect(await problem(path)).toContain('outputType');
  });

  it('[T5] without an agent fails every turn', async () => {
    const conversation = own('./nothing.ts').open(UNGREETED);
    expect(textOf(await read(conversation.greet(patience())))).toBe('<refused>');
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('<refused>');
    await conversation.close();
  });

  it('[E4] ends the reply when closed while it loads', async () => {
    const conversation = own(written('await new Promise(() => {});')).open(GREETED);
    const reading = read(conversation.reply(message('Hi.'), patience()));
    await conversation.close();
    expect(await reading).toEqual([]);
  });

  it('[T3] keeps what was said while it loads', async () => {
    const { promise: ownModuleGate, resolve: openGate } = Promise.withResolvers<void>();
    Object.assign(globalThis, { ownModuleGate });
    const conversation = own(written(`await ownModuleGate; export const agent = ${echo};`)).open(GREETED);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('First.'), stop.signal));
    stop.abort();
    expect(await reading).toEqual([]);
    const next = read(conversation.reply(message('Second.'), patience()));
    openGate();
    expect(textOf(await next)).toBe('You said First.\nSecond.');
    await conversation.close();
  });
});
