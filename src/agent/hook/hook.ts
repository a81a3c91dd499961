// An agent behind a webhook: of a no-code builder, by the name of its preset, or of one's own.
import { type AgentKind, problemWithAddress } from '../agent-kind.ts';
import { chatbase } from './chatbase.ts';
import { dify } from './dify.ts';
import { flowise } from './flowise.ts';
import { HookConversation, KIND } from './hook-conversation.ts';
import type { Hook } from './hook-wire.ts';
import { n8n } from './n8n.ts';
import { hookMapIn, ownHook } from './own-hook.ts';
import { warmUp } from '../warm-up.ts';

const PRESETS: ReadonlyMap<string, (url: string) => Hook> = new Map([
  ['n8n', n8n],
  ['dify', dify],
  ['flowise', flowise],
  ['chatbase', chatbase],
]);

/** A preset, if one is named, and an address or a file. */
const FORM = /^hook:(?:([a-z\d]+):(?=https?:))?(.*)$/is;
const IS_FILE = /^\.{0,2}\//;

export const hook: AgentKind = {
  matches: (id) => id.startsWith('hook:'),
  problem(id) {
    const [preset, place] = partsOf(id);
    if (preset !== undefined && !PRESETS.has(preset))
      return `names no preset: it may be ${[...PRESETS.keys()].join(', ')}, or none.`;
    if (preset === undefined && IS_FILE.test(place)) {
      const map = hookMapIn(place);
      return typeof map === 'string' ? map : null;
    }
    return problemWithAddress(place);
  },
  open(id, options) {
    const opened = hookOf(id);
    return {
      kind: KIND,
      lookUp: () => opened.lookUp(options),
      warm: warmUp(opened.url, options),
      open: (opening, memory) => new HookConversation(opened, options, opening, memory),
    };
  },
};

function hookOf(id: string): Hook {
  const [preset, place] = partsOf(id);
  const named = PRESETS.get(preset ?? '');
  if (named !== undefined) return named(place);
  const map = IS_FILE.test(place) ? hookMapIn(place) : { url: place };
  if (typeof map === 'string') throw new Error(`The agent's ID ${map}`);
  return ownHook(map);
}

function partsOf(id: string): [preset: string | undefined, place: string] {
  const [, preset, place = ''] = FORM.exec(id) ?? [];
  return [preset, place];
}
