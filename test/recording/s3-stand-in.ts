// S3 as a client meets it: path-style, over real HTTP, and strict. A request is refused whose signature is not the one that
// Signature Version 4 asks for (worked out here anew, from Amazon's description, with no library), whose body is not what was
// signed, that has no Content-Length, or that is not fresh. Writes may be conditional; lists come a few keys at a time.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listen } from '../support/listen.ts';

export interface StoredObject {
  readonly body: Buffer;
  readonly meta: Readonly<Record<string, string>>;
  changedAt: number;
}

const PAGE = 2;

export interface S3StandIn {
  readonly url: string;
  /** By key. */
  readonly objects: Map<string, StoredObject>;
  readonly asked: string[];
  /** What the next requests come to, before anything else: a status, or `lost` for an answer that never arrives. */
  readonly troubles: (number | 'lost')[];
  /** Every such request waits until `goOn`. */
  hold(method: string): { readonly arrived: Promise<void>; readonly goOn: () => void };
}

export async function startS3(
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string },
  region: string,
  bucket: string,
): Promise<S3StandIn> {
  const objects = new Map<string, StoredObject>();
  const asked: string[] = [];
  const troubles: (number | 'lost')[] = [];
  let held: { method: string; arrived: () => void; goOn: Promise<void> } | null = null;

  const refuse = (response: ServerResponse, status: number, code: string): void => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>No, Ann.</Message></Error>`);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '' } = request;
    const url = new URL(request.url ?? '', 'http://s3');
    asked.push(`${method} ${url.pathname}${url.search}`);
    const body = await buffer(request);
    if (held?.method === method) {
      held.arrived();
      await held.goOn;
    }
    const wrong = whatIsWrong(request, url, body, keys, region);
    if (wrong !== null) return refuse(response, wrong.status, wrong.code);
    const trouble = troubles.shift();
    if (typeof trouble === 'number') return refuse(response, trouble, 'SlowDown');
    const key = decodeURIComponent(url.pathname).slice(bucket.length + 2);
    if (!url.pathname.startsWith(`/${bucket}/`)) return refuse(response, 404, 'NoSuchBucket');
    const there = objects.get(key);
    const send = (status: number, headers: Record<string, string | number> = {}, content?: Buffer): void => {
      if (trouble === 'lost') request.socket.destroy();
      else response.writeHead(status, headers).end(content);
    };
    if (method === 'PUT') {
      if (request.headers['content-length'] === undefined)
        return refuse(response, 411, 'MissingContentLength');
      if (there !== undefined && request.headers['if-none-match'] === '*')
        return refuse(response, 412, 'PreconditionFailed');
      const meta = Object.entries(request.headers).filter(
        (pair): pair is [string, string] => pair[0].startsWith('x-amz-meta-') && typeof pair[1] === 'string',
      );
      objects.set(key, { body, meta: Object.fromEntries(meta), changedAt: Date.now() });
      return send(200);
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return send(204);
    }
    if (method === 'GET' && key === '') {
      if (url.searchParams.get('list-type') !== '2') return refuse(response, 400, 'InvalidArgument');
      return send(200, { 'content-type': 'application/xml' }, Buffer.from(listed(url.searchParams)));
    }
    if (there === undefined) return refuse(response, 404, 'NoSuchKey');
    if (method === 'HEAD') return send(200, { ...there.meta, 'content-length': there.body.length });
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) return send(200, there.meta, there.body);
    if (Number(from) >= there.body.length) return refuse(response, 416, 'InvalidRange');
    return send(206, there.meta, there.body.subarray(Number(from), Number(to) + 1));
  };

  const listed = (query: URLSearchParams): string => {
    const prefix = query.get('prefix') ?? '';
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(prefix) && key > after)
      .filter((key) => query.get('delimiter') !== '/' || !key.slice(prefix.length).includes('/'))
      .toSorted();
    const page = keys.slice(0, PAGE);
    const next = keys.length > PAGE ? Buffer.from(page.at(-1) ?? '').toString('base64') : null;
    const contents = page.map((key) => {
      const object = objects.get(key);
      const changed = new Date(object?.changedAt ?? 0).toISOString();
      return `<Contents><Key>${key}</Key><LastModified>${changed}</LastModified><ETag>&quot;x&quot;</ETag><Size>${object?.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    });
    const more = next === null ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${prefix}</Prefix>${more}<KeyCount>${page.length}</KeyCount><MaxKeys>${PAGE}</MaxKeys><IsTruncated>${next !== null}</IsTruncated>${contents.join('')}</ListBucketResult>`;
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    objects,
    asked,
    troubles,
    hold: (method) => {
      const arrived = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      held = { method, arrived: arrived.resolve, goOn: goOn.promise };
      return {
        arrived: arrived.promise,
        goOn: () => {
          held = null;
          goOn.resolve();
        },
      };
    },
  };
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest();

function whatIsWrong(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string },
  region: string,
): { readonly status: number; readonly code: string } | null {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  const [, id = '', day = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/\S+, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      header('authorization'),
    ) ?? [];
  if (signature === '') return { status: 403, code: 'AccessDenied' };
  if (id !== keys.accessKeyId) return { status: 403, code: 'InvalidAccessKeyId' };
  if (header('x-amz-security-token') !== keys.sessionToken) return { status: 400, code: 'InvalidToken' };
  const names = signedHeaders.split(';');
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !names.includes(name),
  );
  if (unsigned.length > 0 || !names.includes('host')) return { status: 403, code: 'AccessDenied' };
  const date = header('x-amz-date');
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(at - Date.now()) < 900_000) || !date.startsWith(day))
    return { status: 403, code: 'RequestTimeTooSkewed' };
  if (header('x-amz-content-sha256') !== sha256(body))
    return { status: 400, code: 'XAmzContentSHA256Mismatch' };

  const encoded = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const canonical = [
    request.method,
    decodeURIComponent(url.pathname).split('/').map(encoded).join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .toSorted()
      .join('&'),
    ...names.map((name) => `${name}:${header(name).trim()}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = ['s3', 'aws4_request'].reduce(
    (last, next) => hmac(last, next),
    hmac(hmac(`AWS4${keys.secretAccessKey}`, day), region),
  );
  if (hmac(key, toSign).toString('hex') !== signature) return { status: 403, code: 'SignatureDoesNotMatch' };
  return null;
}
