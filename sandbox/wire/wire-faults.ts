// What goes wrong on demand with the answers of AG-UI, AI SDK and webhook servers: set it in a test, or ask for it with a header,
// such as AGENT_HEADERS={"x-sandbox-fault":"no-end"}. Failures of an agent itself come from its mind.

const WIRE_FAULTS = [
  /** The body ends without the dialect's own end. */
  'no-end',
  /** A delta without text comes first. */
  'empty-first',
  /** Nothing follows the headers. */
  'silence',
  /** Nothing follows the headers but what keeps a connection alive. */
  'keep-alives',
  /** Every byte comes by itself, so that characters and lines are cut. */
  'split-bytes',
  /** The server writes on after its reader has left. */
  'late-text',
] as const;

export type WireFault = (typeof WIRE_FAULTS)[number];

export interface WireQuirks {
  fault: WireFault | null;
  /** Readers that left before the end. */
  aborts: number;
  agui: AgUiQuirks;
  aisdk: AiSdkQuirks;
  hook: HookQuirks;
}

export interface HookQuirks {
  /** How an n8n workflow answers. */
  n8n: 'streaming' | 'whole' | 'text' | 'page' | 'empty' | 'waits' | 'started' | 'failed';
  /** A Dify app is an agent, which streams only. */
  isDifyAgent: boolean;
  /** What moderation puts in place of an answer, '' for nothing. */
  difyReplaces: string;
  /** A node of the Dify workflow fails, without an error of its own. */
  difyNodeFails: boolean;
  /** The next request to Dify or Chatbase finds its conversation gone. */
  forgets: boolean;
  /** How Dify's answers were stopped: by which user. */
  readonly difyStops: string[];
  /** How a Flowise flow answers a request for a stream. */
  flowise: 'streaming' | 'whole' | 'wordless';
  /** Chatbase streams bare lines of JSON. */
  isChatbaseBare: boolean;
  /** How one's own webhook answers. */
  own: 'lines' | 'events' | 'whole' | 'text';
}

export interface AiSdkQuirks {
  /** The route refuses a field that it does not know. */
  isStrict: boolean;
  /** The route speaks the text stream protocol. */
  isText: boolean;
  /** A first try of the step is withdrawn. */
  resetsStep: boolean;
  /** Errors are masked, as they are unless a route shows them. */
  masksErrors: boolean;
}

export interface AgUiQuirks {
  /** As a server from before 1.0: it wants every field of its time, and refuses any other. */
  isOld: boolean;
  /** Text and calls come as chunks. */
  usesChunks: boolean;
  /** An earlier run comes first. */
  replaysFirst: boolean;
  /** The run has an ID of the server's own. */
  renamesRuns: boolean;
  /** The run's end does not list its open calls. */
  listsNoCalls: boolean;
  /** An error follows the run's end. */
  failsAfterEnd: boolean;
  /** A run that waits is over before anybody answers. */
  forgetsInterrupts: boolean;
  /** The next run stops, and waits for a person. */
  interrupt: { readonly message: string; readonly responseSchema?: object } | null;
}

export function noWireQuirks(): WireQuirks {
  return {
    fault: null,
    aborts: 0,
    agui: {
      isOld: false,
      usesChunks: false,
      replaysFirst: false,
      renamesRuns: false,
      listsNoCalls: false,
      failsAfterEnd: false,
      forgetsInterrupts: false,
      interrupt: null,
    },
    aisdk: { isStrict: false, isText: false, resetsStep: false, masksErrors: false },
    hook: {
      n8n: 'streaming',
      isDifyAgent: false,
      difyReplaces: '',
      difyNodeFails: false,
      forgets: false,
      difyStops: [],
      flowise: 'streaming',
      isChatbaseBare: false,
      own: 'lines',
    },
  };
}

export function faultNamed(name: string | undefined): WireFault | null {
  return WIRE_FAULTS.find((fault) => fault === name) ?? null;
}
