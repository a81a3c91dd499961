// Every way in which an agent can be published, played by the sandbox: the same flower shop behind each. For the demo,
// and for a whole call with each in the tests.

export interface Published {
  /** What stands for the form of the ID in README's table. */
  readonly form: string;
  /** In words. */
  readonly kind: string;
  /** What is set besides `SANDBOX_ENV`; `farEnd` is where the sandbox's agents are, `http://127.0.0.1:…`. */
  readonly env: (farEnd: string) => Readonly<Record<string, string>>;
}

const SANDBOX_KEY = 'sk-sandbox';

export const PUBLISHED = [
  plain('agent_flowers', "an agent of OpenAI's Agents API"),
  plain('model:gpt-6-luna', "a model with instructions of one's own, over the Responses API"),
  plain('asst_flowers', 'an assistant, at a server that still has them'),
  {
    form: 'https',
    kind: "a workflow of one's own behind a ChatKit server",
    env: (farEnd) => ({
      AGENT_WORKFLOW_ID: `${farEnd}/chatkit/agent_flowers`,
      AGENT_API_KEY: SANDBOX_KEY,
    }),
  },
  {
    form: 'chat:gpt-6-luna',
    kind: 'any OpenAI-compatible chat/completions',
    env: (farEnd) => ({
      AGENT_WORKFLOW_ID: 'chat:gpt-6-luna',
      AGENT_BASE_URL: `${farEnd}/v1`,
      AGENT_API_KEY: SANDBOX_KEY,
    }),
  },
  plain('./examples/agents-sdk.ts', 'an Agent of the Agents SDK, in this process'),
  plain('./examples/own-agent.ts', 'a function that yields text, in this process'),
] as const satisfies readonly Published[];

function plain(id: string, kind: string): Published {
  return { form: id, kind, env: () => ({ AGENT_WORKFLOW_ID: id }) };
}
