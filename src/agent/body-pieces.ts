// The body of an answer as it comes off the connection. `Response.body` is a web stream, which costs more than all other work on
// an event; readers of event streams take the pieces instead.

const pieces = new WeakMap<Response, AsyncIterable<Uint8Array<ArrayBuffer>>>();

/** Neither read nor cancelled, the body keeps its connection. */
export function responseOf(
  body: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { status, statusText, headers }: Pick<Response, 'status' | 'statusText' | 'headers'>,
): Response {
  const response = new Response(ReadableStream.from(body), { status, statusText, headers });
  pieces.set(response, body);
  return response;
}

/** To be read instead of `body`; null where the answer has none. Throws as the body does. */
export function piecesOf(response: Response): AsyncIterable<Uint8Array<ArrayBuffer>> | null {
  return pieces.get(response) ?? response.body;
}
