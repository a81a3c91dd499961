// The user's own agent, in a file of theirs: an Agent of the Agents SDK, or a function that yields the reply. The file is
// imported once, at the start. The relay runs an Agent with the copy of @openai/agents that the file itself imports, because
// the classes of another copy would be strangers to it.
import { readFile, stat } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as sdk from '@openai/agents';
import { unlessAborted, within } from '../../call/waiting.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import { fieldsOf } from '../../call/json.ts';
import type { AgentEvent, AgentMessage, Conversation, LookedUp, Opening } from '../../call/ports.ts';
import { type AgentKind, type AgentOptions, openaiClient } from '../agent-kind.ts';
import { errorName } from './agents-sdk-failure.ts';
import { AgentsSdkConversation, lookUpAgentsSdk } from './agents-sdk.ts';
import { failed } from '../failures.ts';
import { GeneratorConversation, type GeneratorTurn } from './generator-agent.ts';

const KIND = 'module';
const LOOK_UP_MS = 10_000;
const STILL_LOADING: LookedUp = { is: 'unknown', why: 'was still being loaded after ten seconds' };

export const ownModule: AgentKind = {
  matches: (id) => /^\.{0,2}\//.test(id),
  /** Begins to import the module; `lookUp` reports what is wrong with it. */
  open(path, options) {
    const loading = load(path, options);
    let isAskedAhead = false;
    void loading.then((loaded) => ({ isAskedAhead } = loaded));
    const lookUp = (): Promise<LookedUp> => loading.then((loaded) => loaded.lookUp());
    return {
      kind: KIND,
      get isAskedAhead() {
        return isAskedAhead;
      },
      lookUp: () => within(options.clock, LOOK_UP_MS, lookUp(), STILL_LOADING),
      open: (opening, memory) => new OwnModuleConversation(loading, opening, memory),
    };
  },
};

interface Loaded {
  readonly lookUp: () => Promise<LookedUp>;
  readonly isAskedAhead: boolean;
  /** null if the module exports no agent. */
  readonly open: ((opening: Opening, memory?: AgentMemory) => Conversation) | null;
}

/** Waits for the module, then passes everything on to its agent. */
class OwnModuleConversation implements Conversation {
  readonly #loading: Promise<Loaded>;
  readonly #opening: Opening;
  readonly #closing = new AbortController();
  #conversation: Conversation | null = null;
  /** Messages whose replies were given up while the module was still being imported. */
  readonly #owed: AgentMessage[] = [];
  readonly #before: AgentMemory | undefined;

  constructor(loading: Promise<Loaded>, opening: Opening, memory: AgentMemory | undefined) {
    this.#loading = loading;
    this.#opening = opening;
    this.#before = memory;
  }

  async *greet(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const conversation = this.#conversation ?? (await this.#begun(signal));
    if (conversation === 'aborted') return;
    if (conversation === null) yield failed('refused', 'no agent in the module');
    else yield* conversation.greet(signal);
  }

  async *reply(message: AgentMessage, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    this.#owed.push(message);
    // Without a wait once there is one: from then on only its memory holds the message.
    const conversation = this.#conversation ?? (await this.#begun(signal));
    if (conversation === 'aborted') return;
    const [first = message, ...others] = this.#owed.splice(0);
    if (conversation === null) yield failed('refused', 'no agent in the module');
    else yield* conversation.reply(others.reduce(joined, first), signal);
  }

  /** That of the module's agent; each of the two kinds reads only its own, because the file may have changed by then. */
  memory(): AgentMemory | null {
    return this.#conversation === null ? (this.#before ?? null) : this.#conversation.memory();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#conversation?.close();
  }

  async #begun(signal: AbortSignal): Promise<Conversation | null | 'aborted'> {
    const given = AbortSignal.any([signal, this.#closing.signal]);
    const loaded = await unlessAborted(this.#loading, given);
    if (loaded === null || given.aborted) return 'aborted';
    this.#conversation = loaded.open?.(this.#opening, this.#before) ?? null;
    return this.#conversation;
  }
}

/** `heardOfLast` is that of the first message: the later replies never came. */
function joined(before: AgentMessage, message: AgentMessage): AgentMessage {
  return {
    text: [before.text, message.text].filter((text) => text !== '').join('\n'),
    notes: [...before.notes, ...message.notes],
    heardOfLast: before.heardOfLast,
  };
}

/** Never rejects. */
async function load(path: string, options: AgentOptions): Promise<Loaded> {
  const file = resolve(path);
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile())
    return wrong(
      `There is no file ${file}. Check the path: a relative one starts where the relay is started.`,
    );
  let exported: unknown;
  try {
    const module = fieldsOf(await import(/* @vite-ignore */ pathToFileURL(file).href));
    exported = module['agent'] ?? module['default'];
  } catch (error) {
    const { code } = fieldsOf(error);
    const why = typeof code === 'string' ? code : errorName(error);
    return wrong(
      `The file ${path} cannot be loaded (${why}). Run "node ${path}" to see what is wrong with it.`,
    );
  }
  if (isFunction(exported) && !isClass(exported)) {
    const agent = exported;
    return {
      lookUp: async () => ({ is: 'found' }),
      isAskedAhead: 'speculate' in agent && agent.speculate === true,
      open: (opening, memory) => new GeneratorConversation({ ...options, agent }, opening, memory),
    };
  }
  if (!looksLikeAgent(exported)) return wrong(exportsNone(path));
  return loadAgentsSdk(exported, path, options);
}

async function loadAgentsSdk(agent: sdk.Agent, path: string, options: AgentOptions): Promise<Loaded> {
  const file = resolve(path);
  const sdk = (await agentsSdkOf(pathToFileURL(file).href)) ?? (await agentsSdkOf(import.meta.url));
  if (sdk === null)
    return wrong(`The agent in ${path} needs the Agents SDK. Install it: npm install @openai/agents.`);
  if (agent.outputType !== 'text')
    return wrong(
      `The agent in ${path} has an outputType, so it answers in JSON and not in words. Leave the outputType out.`,
    );
  const parts = { sdk, agent, client: openaiClient(options), clock: options.clock };
  return {
    lookUp: () => lookUpAgentsSdk(parts),
    isAskedAhead: false,
    open: (opening, memory) => new AgentsSdkConversation(parts, opening, memory),
  };
}

/** The copy of the Agents SDK that this file would import; null if there is none. */
async function agentsSdkOf(fileUrl: string): Promise<typeof sdk | null> {
  try {
    const manifest = findPackageJSON('@openai/agents', fileUrl);
    if (manifest === undefined) return null;
    const { exports } = JSON.parse(await readFile(manifest, 'utf8'));
    return await import(/* @vite-ignore */ pathToFileURL(join(dirname(manifest), exports['.'].import)).href);
  } catch {
    return null;
  }
}

/** Looks at the shape, not the class: an agent out of a bundle has a class of its own. */
function looksLikeAgent(value: unknown): value is sdk.Agent {
  const { name, tools, handoffs, clone, getSystemPrompt } = fieldsOf(value);
  return (
    typeof name === 'string' &&
    Array.isArray(tools) &&
    Array.isArray(handoffs) &&
    isFunction(clone) &&
    isFunction(getSystemPrompt)
  );
}

function exportsNone(path: string): string {
  return (
    `The file ${path} exports no agent. Export one by the name "agent": an Agent of the Agents SDK, ` +
    'or a function from a turn to a text, or to texts.'
  );
}

function wrong(problem: string): Loaded {
  return { lookUp: async () => ({ is: 'wrong', problem }), isAskedAhead: false, open: null };
}

function isFunction(value: unknown): value is (turn: GeneratorTurn) => unknown {
  return typeof value === 'function';
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
