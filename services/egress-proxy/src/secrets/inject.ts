import { createHash } from 'node:crypto';
import { bracketed, type CanonicalUrl, type SecretReference } from '@causeway/policy';
import type { PieceBody } from '../bodies/piece-body.ts';
import { withoutCredentials } from './credential-guard.ts';
import { halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import type { Secret } from './secret.ts';
import { signedFields } from './sign/http-signature.ts';
import { awsFields } from './sign/sigv4.ts';

/** A request as it is about to be sent. */
export type Outgoing = {
  readonly method: string;
  readonly url: CanonicalUrl;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body: what signs needs it. */
  readonly body?: string | Uint8Array | undefined;
  /** A body that is sent piece by piece. */
  readonly inPieces?: Pick<PieceBody, 'sha256'> | undefined;
};

/** Puts a secret into a request, as the last thing before it is sent: the fields that are sent in the end, names in lower case. */
export type Inject = (request: Outgoing) => Record<string, string>;

/** Nothing is added; what an agent says of who it is, is not sent all the same. */
export const injectNothing: Inject = ({ headers }) => withoutCredentials(headers);

/** For `as`: the field `header:<Name>` names; undefined for every other way. */
export const fieldOf = (as: string): string | undefined =>
  as.startsWith('header:') ? as.slice('header:'.length).toLowerCase() : undefined;

/**
 * @param secret the value; for `oauth-client-credentials` the token
 * @param now the time, ISO 8601 in UTC, asked for when the request is sent
 */
export function injectSecret(reference: SecretReference, secret: Secret, now: () => string): Inject {
  return (request) => {
    const field = fieldOf(reference.as);
    const headers = withoutCredentials(request.headers, field === undefined ? [] : [field]);
    const added = secret.use((value) => fieldsFor(reference, value, { ...request, headers, now: now() }));
    return { ...headers, ...added };
  };
}

type Now = Outgoing & { readonly now: string };

function fieldsFor(reference: SecretReference, value: Buffer, request: Now): Record<string, string> {
  const field = fieldOf(reference.as);
  if (field !== undefined) return { [field]: value.toString('latin1') };
  switch (reference.as) {
    case 'basic':
      return { authorization: basic(reference.user ?? '', value) };
    case 'hmac':
      return signedFields(toSign(reference, request), {
        ...{ key: value, keyId: reference.keyId ?? '' },
        createdSeconds: Math.floor(Date.parse(request.now) / 1_000),
      });
    case 'sigv4':
      return awsFields(toSign(reference, request), awsKey(reference, value), request.now);
    case 'bearer':
    case 'oauth-client-credentials':
      return { authorization: `Bearer ${value.toString('latin1')}` };
    default:
      throw new Error(`there is no way «${reference.as}» to send a secret`);
  }
}

/** RFC 7617. */
export function basic(user: string, password: Uint8Array): string {
  const bytes = Buffer.concat([Buffer.from(`${user}:`), password]);
  const text = `Basic ${bytes.toString('base64')}`;
  bytes.fill(0);
  return text;
}

const awsKey = ({ accessKeyId = '', region = '', service = '' }: SecretReference, value: Buffer) => ({
  ...{ accessKeyId, region, service },
  secretAccessKey: value,
});

function toSign({ name }: SecretReference, { method, url, headers, body, inPieces }: Now) {
  halt(unsignedStop(name, inPieces));
  const { path, query } = url;
  return {
    ...{
      method,
      path,
      query,
      headers,
      bodySha256: inPieces?.sha256 ?? (body === undefined ? undefined : sha256(body)),
    },
    authority: authorityOf(url),
    contentType: headers['content-type'],
  };
}

/** What is wrong with signing a request whose body nobody has seen yet: the signature would not cover it. */
export function unsignedStop(name: string, inPieces: Outgoing['inPieces']): Stop | undefined {
  if (inPieces === undefined || inPieces.sha256 !== undefined) return undefined;
  const why =
    'signs the body, which is not known before it is sent: send one that policy lets be held (egress.maxRequestBytes)';
  return stop('SECRET_UNAVAILABLE', 'secret', `the secret ${name} ${why}`);
}

const sha256 = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** As the Host field has it: without the scheme's own port. */
const authorityOf = ({ scheme, host, port }: CanonicalUrl): string =>
  port === (scheme === 'https' ? 443 : 80) ? bracketed(host) : `${bracketed(host)}:${port}`;
