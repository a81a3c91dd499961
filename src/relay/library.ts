// What `import … from 'patchcord'` offers: a relay inside another program. Everything else may change without notice.
export { generatorAgent } from '../agent/own-module/generator-agent.ts';
export type { GeneratorAgent, GeneratorTurn, SaidBefore } from '../agent/own-module/generator-agent.ts';
export type { CallEvent, CallFacts, CallId, EndReason } from '../call/call.ts';
export type {
  Agent,
  AgentEvent,
  AgentFailure,
  AgentMessage,
  Clock,
  Conversation,
  LookedUp,
  Opening,
} from '../call/ports.ts';
export { ConfigError } from '../config/environment.ts';
export { readSetup, type Setup } from './read-setup.ts';
export { createRelay, type Relay, type RelayOptions } from './relay.ts';
