// The agent of a call that gets none: outside opening hours the caller is told so and no agent is asked.
import type { Agent } from '../call/ports.ts';

export const noAgent: Agent = {
  kind: 'nobody',
  lookUp: async () => ({ is: 'found' }),
  open: () => ({
    async *greet() {},
    async *reply() {},
    memory: () => null,
    close: async () => {},
  }),
};
