// The MCP server with its six tools, for one transport. It imports the SDK, which costs 40 MB: import it when it is used.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js';
import type { Clock } from '../call/ports.ts';
import { StoreError } from '../call/call-store.ts';
import { followed } from './following.ts';
import type { Telephone } from './telephone.ts';
import { addTools, refusal, type Run } from './tools.ts';

export interface ToolServerOptions {
  readonly telephone: Telephone;
  readonly clock: Clock;
  /** Ends every wait: the tools then answer with what there is. */
  readonly closing: AbortSignal;
  readonly onBug: (error: unknown) => void;
}

/** The SDK makes one for each server otherwise, which takes milliseconds of the thread that carries audio. */
const VALIDATOR = new AjvJsonSchemaValidator();

const INSTRUCTIONS =
  "A telephone: the operator's published agent calls people and does a task. place_call calls and returns the result; a call goes on when its tool call is cancelled, so end it with hang_up.";

export function createToolServer({ telephone, clock, closing, onBug }: ToolServerOptions): McpServer {
  const server = new McpServer(
    { name: 'patchcord', version: '1' },
    { instructions: INSTRUCTIONS, jsonSchemaValidator: VALIDATOR },
  );
  const run: Run = async ({ signal, _meta: meta, sendNotification }, work) => {
    const over = AbortSignal.any([signal, closing]);
    const progressToken = meta?.progressToken;
    let progress = 0;
    const report = (message: string): void => {
      if (progressToken === undefined || signal.aborted) return;
      progress++;
      const params = { progressToken, progress, message };
      // A client that has left reads no progress.
      sendNotification({ method: 'notifications/progress', params }).catch(() => {});
    };
    const follow = (callId: string, waitS: number) =>
      followed({ telephone, clock, over, report }, callId, waitS);
    try {
      return await work({ telephone, follow });
    } catch (error) {
      if (error instanceof StoreError)
        return refusal([{ code: 'unavailable', message: 'The records cannot be reached now.' }]);
      onBug(error);
      return refusal([{ code: 'internal', message: 'Something went wrong in the relay.' }]);
    }
  };
  addTools(server, run);
  return server;
}
