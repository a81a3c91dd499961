// The agent outside opening hours: the caller hears the closing line, and the relay asks nobody.
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
