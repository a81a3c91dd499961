// A generator as a user would write one who asks a model: it keeps nothing, and hands over what it is given.
import { APIError, OpenAI } from 'openai';
import type { GeneratorAgent } from '../../../../src/agent/own-module/generator-agent.ts';

export function scripted(baseURL: string, apiKey: string, timeout: number): GeneratorAgent {
  const client = new OpenAI({ apiKey, baseURL, maxRetries: 0, timeout, logLevel: 'off' });
  return async function* ({ text, notes, history, signal }) {
    const said = [...history, ...notes.map((note) => ({ role: 'developer' as const, text: note }))];
    if (text !== '') said.push({ role: 'user', text });
    const input = said.map((one) => ({ role: one.role, content: one.text }));
    const stream = await client.responses.create({ model: 'scripted', input, stream: true }, { signal });
    let told = 0;
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') {
        told += event.delta.length;
        yield event.delta;
      } else if (event.type === 'response.completed') {
        const messages = event.response.output.flatMap((item) =>
          item.type === 'message' ? item.content : [],
        );
        yield messages
          .map((part) => (part.type === 'output_text' ? part.text : ''))
          .join('')
          .slice(told);
      } else if (event.type === 'response.failed') {
        throw new APIError(undefined, { code: event.response.error?.code }, undefined, undefined);
      } else if (event.type === 'error') {
        throw new APIError(undefined, { code: event.code }, undefined, undefined);
      }
    }
  };
}
