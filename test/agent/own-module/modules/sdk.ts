// An Agent as a user would write one, on the model of the tests' far end.
import { Agent } from '@openai/agents';

export const agent = new Agent({ name: 'Flowers', model: 'scripted', instructions: 'Sell flowers.' });
