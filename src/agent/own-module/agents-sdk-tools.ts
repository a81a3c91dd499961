// Copies an Agent of the Agents SDK with the phone tools beside its own, and also the agents that it hands over to, because a
// handoff happens within a turn. The user's own objects stay unchanged, because all calls share them.
import type * as sdk from '@openai/agents';
import type { PhoneTool } from '../../call/phone-tools.ts';

export interface PhoneAgentParts {
  readonly tool: typeof sdk.tool;
  readonly offered: readonly PhoneTool[];
  /** Carries out a call of a phone tool; returns the output for the model. */
  readonly call: (name: string, args: unknown) => string;
}

const HOOKS = ['agent_start', 'agent_end', 'agent_handoff', 'agent_tool_start', 'agent_tool_end'] as const;

/** The agent of this name among `first` and all that it hands over to, directly or not; else null. */
export function agentNamed(first: sdk.Agent, name: string): sdk.Agent | null {
  const known = new Set([first]);
  for (const agent of known) {
    if (agent.name === name) return agent;
    for (const target of agent.handoffs) known.add('onInvokeHandoff' in target ? target.agent : target);
  }
  return null;
}

export function phoneAgent(agent: sdk.Agent, parts: PhoneAgentParts): sdk.Agent {
  const known = new WeakMap<sdk.Agent, sdk.Agent>();
  return onThePhone(agent);

  function onThePhone(original: sdk.Agent): sdk.Agent {
    const found = known.get(original);
    if (found !== undefined) return found;
    const copy = original.clone({ tools: [...original.tools, ...phoneToolsFor(original)] });
    known.set(original, copy);
    copy.handoffs = original.handoffs.map((target) =>
      'onInvokeHandoff' in target
        ? target.clone({
            agent: onThePhone(target.agent),
            onInvokeHandoff: async (context, args) => onThePhone(await target.onInvokeHandoff(context, args)),
          })
        : onThePhone(target),
    );
    // The user's listeners are on the original.
    for (const hook of HOOKS) copy.on(hook, (...told) => original.emit(hook, ...told));
    return copy;
  }

  function phoneToolsFor({ tools }: sdk.Agent): sdk.Tool[] {
    return parts.offered
      .filter(({ name }) => tools.every((own) => own.name !== name))
      .map(({ name, description, parameters: { properties, required } }) =>
        parts.tool({
          name,
          description,
          parameters: {
            type: 'object',
            properties: { ...properties },
            required: [...required],
            additionalProperties: false,
          },
          strict: true,
          execute: (args) => parts.call(name, args),
        }),
      );
  }
}
