// Which requests a ChatKit server takes. The server answers an invalid request with 500 and nothing else, so nothing says
// why; fields that are not known are passed over.
import { recordOf } from '../openai/http-faults.ts';
import type { ClientRequest, InputPart, StructuredAnswer, UserInput } from './protocol.ts';

/** null: not valid. */
export function requestOf(body: unknown): ClientRequest | null {
  const { type, params } = recordOf(body) ?? {};
  const given = recordOf(params);
  if (given === null) return null;
  const { thread_id: threadId, item_id: itemId } = given;
  if (type === 'threads.list') return isListed(given) ? { type } : null;
  if (type === 'threads.create') {
    const input = inputOf(given['input']);
    return input === null ? null : { type, input };
  }
  if (typeof threadId !== 'string') return null;
  switch (type) {
    case 'items.list': {
      const { limit, order } = given;
      if (!isListed(given)) return null;
      return { type, threadId, limit: Number(limit ?? 20), order: order === 'asc' ? order : 'desc' };
    }
    case 'threads.add_user_message': {
      const input = inputOf(given['input']);
      return input === null ? null : { type, threadId, input };
    }
    case 'threads.add_client_tool_output':
      return 'result' in given ? { type, threadId, result: given['result'] } : null;
    case 'threads.add_structured_input': {
      const answers = answersOf(given['input']);
      return answers === null || typeof itemId !== 'string' ? null : { type, threadId, itemId, answers };
    }
    default:
      return null;
  }
}

function isListed({ limit = null, order = 'desc' }: Readonly<Record<string, unknown>>): boolean {
  return (limit === null || Number.isInteger(limit)) && (order === 'asc' || order === 'desc');
}

function inputOf(input: unknown): UserInput | null {
  const { content, attachments, inference_options } = recordOf(input) ?? {};
  if (!Array.isArray(content) || recordOf(inference_options) === null || !areTexts(attachments)) return null;
  const parts = content.map((part): InputPart | null => {
    const { type, text } = recordOf(part) ?? {};
    return type === 'input_text' && typeof text === 'string' ? { type, text } : null;
  });
  return parts.every((part) => part !== null) ? { content: parts, attachments } : null;
}

function answersOf(input: unknown): Record<string, StructuredAnswer> | null {
  const { status, answers } = recordOf(input) ?? {};
  const given = recordOf(answers);
  if ((status !== 'answered' && status !== 'skipped') || given === null) return null;
  const found: Record<string, StructuredAnswer> = {};
  for (const [id, answer] of Object.entries(given)) {
    const { values, skipped = false } = recordOf(answer) ?? {};
    if (!areTexts(values) || typeof skipped !== 'boolean') return null;
    found[id] = { values, skipped };
  }
  return found;
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
