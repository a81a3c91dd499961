// The few requests that recordings make to S3 or a compatible service, each signed with the hash of its body. An `S3Failure`
// holds a status and S3's own code, and nothing else of the answer.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, type Dispatcher, request } from 'undici';

export interface S3Access {
  readonly region: string;
  /** Of another service than Amazon's, without a path; '' for Amazon's. */
  readonly endpointUrl: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** '' for permanent keys. */
  readonly sessionToken: string;
}

export interface S3Object {
  readonly key: string;
  readonly bytes: number;
  readonly changedAt: number;
}

export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`S3 answered ${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

/** Tells an earlier upload of the same recording, whose answer was lost, from another recording of that name. */
const ID_HEADER = 'x-amz-meta-patchcord-id';
const NO_BODY_HASH = createHash('sha256').digest('hex');
const HEADERS_TIMEOUT_MS = 30_000;
const BODY_TIMEOUT_MS = 30_000;
const MOST_TEXT_BYTES = 4 * 1024 * 1024;
const MOST_PAGES = 1000;

export class S3 {
  readonly #access: S3Access;
  readonly #base: string;
  readonly #agent = new Agent({ connect: { timeout: 10_000 } });
  /** The day's signing keys, which are expensive to derive. */
  readonly #keys = new Map<string, ArrayBuffer>();

  constructor(bucket: string, access: S3Access) {
    this.#access = access;
    this.#base = baseOf(bucket, access);
  }

  /** Uploads the file unless the key exists; false if it holds another recording. */
  async put(key: string, path: string, id: string): Promise<boolean> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const { size } = await stat(path);
    const headers = {
      'content-type': 'audio/wav',
      'if-none-match': '*',
      [ID_HEADER]: id,
      'x-amz-content-sha256': hash.digest('hex'),
    };
    const { statusCode, body } = await this.#ask('PUT', this.#urlOf(key), headers, {
      bytes: size,
      stream: createReadStream(path),
    });
    if (statusCode !== 412) {
      await accept(statusCode, body);
      return true;
    }
    await body.dump();
    return (await this.#idOf(key)) === id;
  }

  /** From byte `from` up to and with byte `to`. */
  async get(key: string, from: number, to: number): Promise<Readable> {
    const { statusCode, body } = await this.#ask('GET', this.#urlOf(key), { range: `bytes=${from}-${to}` });
    if (statusCode === 206) return body;
    await accept(statusCode, body);
    throw new S3Failure(statusCode, 'NoRange');
  }

  /** Succeeds also if there is none. */
  async delete(key: string): Promise<void> {
    const { statusCode, body } = await this.#ask('DELETE', this.#urlOf(key));
    await accept(statusCode, body);
  }

  /** Not recursive. */
  async *list(prefix: string): AsyncIterable<S3Object> {
    let token = '';
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = new URLSearchParams({ 'list-type': '2', delimiter: '/', prefix });
      if (token !== '') query.set('continuation-token', token);
      const { statusCode, body } = await this.#ask('GET', `${this.#base}/?${query.toString()}`);
      const xml = await accept(statusCode, body);
      for (const [, one = ''] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const key = textOf('Key', one);
        const changedAt = Date.parse(textOf('LastModified', one));
        if (key !== '' && !Number.isNaN(changedAt))
          yield { key, bytes: Number(textOf('Size', one)), changedAt };
      }
      token = textOf('NextContinuationToken', xml);
      if (token === '') return;
    }
  }

  /** Aborts running requests. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #idOf(key: string): Promise<string | null> {
    const { statusCode, headers, body } = await this.#ask('HEAD', this.#urlOf(key));
    await accept(statusCode, body);
    const id = headers[ID_HEADER];
    return typeof id === 'string' ? id : null;
  }

  #urlOf(key: string): string {
    return `${this.#base}/${key}`;
  }

  async #ask(
    method: 'GET' | 'HEAD' | 'PUT' | 'DELETE',
    url: string,
    headers: Readonly<Record<string, string>> = {},
    content: { readonly bytes: number; readonly stream: Readable } | null = null,
  ): Promise<Dispatcher.ResponseData> {
    const { accessKeyId, secretAccessKey, sessionToken, region } = this.#access;
    const signed = await new AwsV4Signer({
      method,
      url,
      headers: { 'x-amz-content-sha256': NO_BODY_HASH, ...headers },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === '' ? {} : { sessionToken }),
      service: 's3',
      region,
      cache: this.#keys,
    }).sign();
    return request(signed.url, {
      method,
      headers: {
        ...Object.fromEntries(signed.headers),
        ...(content === null ? {} : { 'content-length': String(content.bytes) }),
      },
      body: content?.stream ?? null,
      dispatcher: this.#agent,
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    });
  }
}

/** The host name holds the bucket, except if its name has dots, which no certificate covers, or for another service. */
function baseOf(bucket: string, { endpointUrl, region }: S3Access): string {
  if (endpointUrl !== '') return `${endpointUrl.replace(/\/+$/, '')}/${bucket}`;
  const host = `s3.${region}.amazonaws.com`;
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}

/** The body's text; throws unless the status is 2xx. */
async function accept(status: number, body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MOST_TEXT_BYTES) throw new S3Failure(status, 'TooLong');
  }
  if (status >= 200 && status < 300) return text;
  throw new S3Failure(status, /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? 'unknown');
}

function textOf(tag: string, xml: string): string {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '';
}
