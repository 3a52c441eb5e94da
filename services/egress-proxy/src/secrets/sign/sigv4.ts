import { createHash, createHmac } from 'node:crypto';

export type AwsRequest = {
  readonly method: string;
  /** As sent: percent-encoded once. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Every field that is signed, in lower case; `host` and `x-amz-date` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodySha256: string;
};

export type AwsKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: Uint8Array;
  readonly region: string;
  readonly service: string;
};

const ALGORITHM = 'AWS4-HMAC-SHA256';
const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Uint8Array, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const UNRESERVED = /[A-Za-z0-9._~-]/;

/** RFC 3986 section 2.3: everything but unreserved characters, byte by byte, in capitals. */
const encodedBytes = (bytes: Uint8Array): string =>
  [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

const encoded = (text: string): string => encodedBytes(Buffer.from(text));

/** What is encoded already is not a second time: `%2f` and `%2F` are the same, and a lone percent sign is one. */
const encodedOnce = (text: string): string =>
  encodedBytes(
    Buffer.from(
      Buffer.from(text)
        .toString('latin1')
        .replace(/%([0-9a-fA-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ),
  );

/** S3 takes the path as it is sent; every other service wants each segment encoded once more. */
const canonicalPath = (path: string, service: string): string =>
  service === 's3' ? path : path.split('/').map(encoded).join('/');

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((part) => {
    const at = part.indexOf('=');
    const [name, value] = at === -1 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    return [encodedOnce(name), encodedOnce(value)] as const;
  });
  const sorted = pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return sorted.map(([name, value]) => `${name}=${value}`).join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The value of `Authorization` that signs a request for AWS (Signature Version 4, "Create a signed AWS API request" in the IAM user guide).
 * @param at ISO 8601 basic format, like 20150830T123600Z: what `x-amz-date` says
 */
export function awsAuthorization(request: AwsRequest, key: AwsKey, at: string): string {
  const names = Object.keys(request.headers).sort(compare);
  const fields = names.map((name) => `${name}:${request.headers[name]!.trim().replace(/ +/g, ' ')}\n`).join('');
  const signed = names.join(';');
  const path = canonicalPath(request.path, key.service);
  const canonical = [request.method, path, canonicalQuery(request.query), fields, signed, request.bodySha256].join(
    '\n',
  );
  const day = at.slice(0, 8);
  const scope = `${day}/${key.region}/${key.service}/aws4_request`;
  const toSign = [ALGORITHM, at, scope, sha256(canonical)].join('\n');
  const signature = hmac(signingKey(key, day), toSign).toString('hex');
  return `${ALGORITHM} Credential=${key.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}

/** A key for one day, region and service; what it is made of is zeroed. */
function signingKey({ secretAccessKey, region, service }: AwsKey, day: string): Buffer {
  const start = Buffer.concat([Buffer.from('AWS4'), secretAccessKey]);
  const forDay = hmac(start, day);
  start.fill(0);
  return hmac(hmac(hmac(forDay, region), service), 'aws4_request');
}

export type AwsToSign = {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly contentType: string | undefined;
  /** SHA-256 of the body, in hexadecimal; undefined without one. */
  readonly bodySha256: string | undefined;
};

/** The fields that sign a request: `Authorization`, `X-Amz-Date`, and the digest of the body, which S3 wants. `now` is ISO 8601 in UTC. */
export function awsFields(request: AwsToSign, key: AwsKey, now: string): Record<string, string> {
  const at = now.replace(/[-:]|\.\d+/g, '');
  const { bodySha256 = sha256('') } = request;
  const own: Record<string, string> = { 'x-amz-date': at };
  if (key.service === 's3') own['x-amz-content-sha256'] = bodySha256;
  const headers: Record<string, string> = { host: request.authority, ...own };
  if (request.contentType !== undefined) headers['content-type'] = request.contentType;
  return { ...own, authorization: awsAuthorization({ ...request, headers, bodySha256 }, key, at) };
}
