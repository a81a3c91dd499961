// A flower shop as an Agent of the Agents SDK (npm install @openai/agents). AGENT_WORKFLOW_ID=./agents-sdk.ts puts it on the
// phone. Its model is called with OPENAI_API_KEY, at OPENAI_BASE_URL if that is set. The relay adds the phone's own tools:
// end_call, transfer_call and send_digits.
import { Agent, tool } from '@openai/agents';
import { z } from 'zod';

const openingHours = tool({
  name: 'opening_hours',
  description: 'When the shop is open.',
  parameters: z.object({ day: z.string().describe('A day of the week.') }),
  execute: ({ day }) => (/^sun/i.test(day) ? 'Closed.' : 'From nine to six.'),
});

export const agent = new Agent({
  name: 'Bloom and Stem',
  model: 'gpt-6-luna',
  instructions:
    'You answer the phone of the flower shop Bloom and Stem. Your words are read aloud: answer in one or two short ' +
    'sentences, without lists. A dozen roses is $45.50. Say goodbye before you end the call.',
  tools: [openingHours],
});
