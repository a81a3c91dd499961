// The objects of the sandbox's Assistants API as they are when they begin to exist.
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { seconds } from './agents-turn.ts';

/** Where a run comes from. */
export interface RunOrigin {
  readonly threadId: string;
  readonly assistantId: string;
  readonly instructions: string;
  readonly tools: AssistantTool[];
  readonly metadata: Record<string, string>;
  readonly newId: (prefix: string) => string;
}

export function newRun({ threadId, assistantId, instructions, tools, metadata, newId }: RunOrigin): Run {
  return {
    id: newId('run'),
    object: 'thread.run',
    assistant_id: assistantId,
    thread_id: threadId,
    status: 'queued',
    instructions,
    tools,
    metadata,
    model: 'sandbox',
    created_at: seconds(),
    expires_at: seconds() + 600,
    started_at: null,
    cancelled_at: null,
    completed_at: null,
    failed_at: null,
    incomplete_details: null,
    last_error: null,
    max_completion_tokens: null,
    max_prompt_tokens: null,
    parallel_tool_calls: true,
    required_action: null,
    response_format: 'auto',
    tool_choice: 'auto',
    truncation_strategy: { type: 'auto', last_messages: null },
    usage: null,
  };
}

/** A message that is still being written has no content yet. */
export function newMessage({ threadId, assistantId, newId }: RunOrigin, runId: string): Message {
  return {
    id: newId('msg'),
    object: 'thread.message',
    thread_id: threadId,
    assistant_id: assistantId,
    run_id: runId,
    role: 'assistant',
    status: 'in_progress',
    content: [],
    attachments: [],
    metadata: {},
    created_at: seconds(),
    completed_at: null,
    incomplete_at: null,
    incomplete_details: null,
  };
}

export function newStep(
  { threadId, assistantId, newId }: RunOrigin,
  runId: string,
  step_details: RunStep['step_details'],
): RunStep {
  return {
    id: newId('step'),
    object: 'thread.run.step',
    type: step_details.type,
    step_details,
    assistant_id: assistantId,
    thread_id: threadId,
    run_id: runId,
    status: 'in_progress',
    created_at: seconds(),
    cancelled_at: null,
    completed_at: null,
    expired_at: null,
    failed_at: null,
    last_error: null,
    metadata: {},
    usage: null,
  };
}
