import { createHmac } from 'node:crypto';

/** One component of a message that is signed: a field in lower case, or a derived one like `@method` (RFC 9421 section 2). */
export type Component = readonly [name: string, value: string];
export type SignatureParameters = { readonly keyId: string; readonly createdSeconds: number; readonly alg?: string };

/** The parameters of a signature, as `Signature-Input` has them (RFC 9421 section 2.3). */
export function signatureParameters(
  components: readonly Component[],
  { createdSeconds, keyId, alg }: SignatureParameters,
): string {
  const names = components.map(([name]) => `"${name}"`).join(' ');
  return `(${names});created=${createdSeconds};keyid="${keyId}"${alg === undefined ? '' : `;alg="${alg}"`}`;
}

/** What is signed (RFC 9421 section 2.5): one line for each component, and the parameters. */
export const signatureBase = (components: readonly Component[], parameters: string): string =>
  [...components, ['@signature-params', parameters] as const]
    .map(([name, value]) => `"${name}": ${value.trim()}`)
    .join('\n');

/** HMAC-SHA-256 over the base (RFC 9421 section 3.3.3), in base64. */
export const hmacSha256 = (key: Uint8Array, base: string): string =>
  createHmac('sha256', key).update(base).digest('base64');

/** `Content-Digest` (RFC 9530 section 2) of a body with this SHA-256, in hexadecimal. */
export const contentDigest = (sha256: string): string => `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;

export type ToSign = {
  readonly method: string;
  /** Host, and the port when it is not the scheme's own. */
  readonly authority: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, in hexadecimal; undefined without one. */
  readonly bodySha256: string | undefined;
};

/**
 * The fields that sign a request with a shared key: `Signature-Input`, `Signature`, and `Content-Digest` where there is a body. Covered are
 * method, authority, path, query, the body's digest and, where they are sent, its type.
 */
export function signedFields(
  request: ToSign,
  { key, keyId, createdSeconds }: { readonly key: Uint8Array; readonly keyId: string; readonly createdSeconds: number },
): Record<string, string> {
  const digest = request.bodySha256 === undefined ? undefined : contentDigest(request.bodySha256);
  const type = request.headers['content-type'];
  const components: readonly Component[] = [
    ['@method', request.method],
    ['@authority', request.authority],
    ['@path', request.path],
    ['@query', `?${request.query}`],
    ...(type === undefined ? [] : [['content-type', type] as const]),
    ...(digest === undefined ? [] : [['content-digest', digest] as const]),
  ];
  const parameters = signatureParameters(components, { keyId, createdSeconds, alg: 'hmac-sha256' });
  return {
    ...(digest === undefined ? {} : { 'content-digest': digest }),
    'signature-input': `causeway=${parameters}`,
    signature: `causeway=:${hmacSha256(key, signatureBase(components, parameters))}:`,
  };
}
