// One message of an MCP client over HTTP. The answer to a tool is a stream, which carries its progress; once the client has
// left, the tool's wait ends, and the call goes on.
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Request, Response } from 'express';
import { createToolServer, type ToolServerOptions } from './tool-server.ts';

/** `req.body` holds the message. */
export async function answerMessage(req: Request, res: Response, options: ToolServerOptions): Promise<void> {
  const server = createToolServer(options);
  const transport = new StreamableHTTPServerTransport({});
  res.once('close', () => void server.close().catch(options.onBug));
  await server.connect(transport);
  await transport.handleRequest(req, res, req.body);
}
