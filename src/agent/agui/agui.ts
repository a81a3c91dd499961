// An agent of any framework that speaks AG-UI 1.0: each turn is a run, with the phone's tools as frontend tools. Shared state
// is not kept, and activities, reasoning and subagents are not spoken.
import { statelessKind } from '../stateless-kind.ts';
import { eventData } from '../event-stream.ts';
import type { Message } from '../stateless-conversation.ts';
import type { Asked, StatelessDialect, StatelessEvent } from '../stateless-dialect.ts';
import { resumeWith } from './interrupts.ts';
import { RunReader } from './run-reader.ts';

const dialect: StatelessDialect = {
  kind: 'agui',
  // Servers from before 1.0 may refuse a field that they do not know.
  optionalField: 'protocolVersion',
  bodyOf: ({ id, thread, opening, messages, tools, words, remembered }) => ({
    threadId: thread,
    runId: id,
    protocolVersion: '1.0',
    state: {},
    messages: messages.map(asMessage),
    tools: tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    // Servers that keep the thread themselves may read no message but the last.
    context: [{ description: 'The phone call', value: opening.note }],
    forwardedProps: {},
    ...(remembered !== null && { resume: resumeWith(remembered, words) }),
  }),
  read,
};

export const agUi = statelessKind(dialect, 'The AG-UI server');

async function* read(
  asked: Asked,
  _: Response,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<StatelessEvent, void> {
  const reader = new RunReader(asked);
  for await (const data of eventData(body)) {
    yield* reader.take(data);
    if (reader.isOver) return;
  }
  yield* reader.end();
}

function asMessage(message: Message): object {
  switch (message.role) {
    case 'user':
      return { id: message.id, role: 'user', content: message.text };
    case 'assistant': {
      const { id, text, calls } = message;
      const toolCalls = calls.map((call) => ({
        id: call.id,
        type: 'function',
        function: { name: call.name, arguments: call.args },
      }));
      return {
        id,
        role: 'assistant',
        ...(text !== '' && { content: text }),
        ...(toolCalls.length > 0 && { toolCalls }),
      };
    }
    case 'tool':
      return { id: message.id, role: 'tool', toolCallId: message.callId, content: message.output };
  }
}
