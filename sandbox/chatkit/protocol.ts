// What a ChatKit server is asked and what it streams, as the Python library has it: fields that are null are left out.

interface ItemBase {
  readonly id: string;
  readonly thread_id: string;
  readonly created_at: string;
}

export interface InputPart {
  readonly type: 'input_text';
  readonly text: string;
}

export interface OutputPart {
  readonly type: 'output_text';
  readonly text: string;
  readonly annotations: readonly never[];
}

export interface UserMessage extends ItemBase {
  readonly type: 'user_message';
  readonly content: readonly InputPart[];
  readonly attachments: readonly never[];
  readonly inference_options: object;
}

export interface AssistantMessage extends ItemBase {
  readonly type: 'assistant_message';
  readonly content: readonly OutputPart[];
}

export interface ClientToolCall extends ItemBase {
  readonly type: 'client_tool_call';
  readonly status: 'pending' | 'completed';
  readonly call_id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly output?: unknown;
}

export interface StructuredQuestion {
  readonly id: string;
  readonly question: string;
  readonly type: 'multiple_choice' | 'freeform';
  readonly options?: readonly { readonly value: string }[];
  readonly multiple?: boolean;
  readonly answer?: StructuredAnswer;
}

export interface StructuredAnswer {
  readonly values: readonly string[];
  readonly skipped: boolean;
}

export interface StructuredInput extends ItemBase {
  readonly type: 'structured_input';
  readonly status: 'pending' | 'answered';
  readonly inputs: readonly StructuredQuestion[];
}

/** What the model thinks, for a screen. */
export interface Workflow extends ItemBase {
  readonly type: 'workflow';
  readonly workflow: {
    readonly type: 'reasoning';
    readonly expanded: boolean;
    readonly tasks: readonly ThoughtTask[];
  };
}

interface ThoughtTask {
  readonly type: 'thought';
  readonly content: string;
}

/** For the model only; never streamed. */
export interface HiddenContext extends ItemBase {
  readonly type: 'sdk_hidden_context';
  readonly content: string;
}

export type Item =
  | UserMessage
  | AssistantMessage
  | ClientToolCall
  | StructuredInput
  | Workflow
  | HiddenContext;

export type ItemUpdate =
  | {
      readonly type: 'assistant_message.content_part.added' | 'assistant_message.content_part.done';
      readonly content_index: number;
      readonly content: OutputPart;
    }
  | {
      readonly type: 'assistant_message.content_part.text_delta';
      readonly content_index: number;
      readonly delta: string;
    }
  | { readonly type: 'workflow.task.added'; readonly task_index: number; readonly task: ThoughtTask };

export interface ThreadHead {
  readonly id: string;
  readonly created_at: string;
  readonly status: { readonly type: 'active' };
  readonly metadata: object;
  readonly items: { readonly data: readonly never[]; readonly has_more: boolean };
}

export type ServerEvent =
  | { readonly type: 'thread.created'; readonly thread: ThreadHead }
  | { readonly type: 'thread.item.added' | 'thread.item.done' | 'thread.item.replaced'; readonly item: Item }
  | { readonly type: 'thread.item.updated'; readonly item_id: string; readonly update: ItemUpdate }
  | { readonly type: 'thread.item.removed'; readonly item_id: string }
  | { readonly type: 'stream_options'; readonly stream_options: { readonly allow_cancel: boolean } }
  | { readonly type: 'progress_update'; readonly text: string }
  | {
      readonly type: 'client_effect';
      readonly name: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: 'notice';
      readonly level: 'info' | 'warning' | 'danger';
      readonly message: string;
    }
  | { readonly type: 'error'; readonly code: string; readonly allow_retry: boolean };

export interface UserInput {
  readonly content: readonly InputPart[];
  /** IDs of what was uploaded before. */
  readonly attachments: readonly string[];
}

/** What is asked, once it has been found valid. */
export type ClientRequest =
  | { readonly type: 'threads.create'; readonly input: UserInput }
  | { readonly type: 'threads.add_user_message'; readonly threadId: string; readonly input: UserInput }
  | { readonly type: 'threads.add_client_tool_output'; readonly threadId: string; readonly result: unknown }
  | {
      readonly type: 'threads.add_structured_input';
      readonly threadId: string;
      readonly itemId: string;
      readonly answers: Readonly<Record<string, StructuredAnswer>>;
    }
  | {
      readonly type: 'items.list';
      readonly threadId: string;
      readonly limit: number;
      readonly order: 'asc' | 'desc';
    }
  | { readonly type: 'threads.list' };
