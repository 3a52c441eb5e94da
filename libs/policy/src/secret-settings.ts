import { z } from 'zod';
import type { Rule } from './cedar-rules.ts';
import { bracketed, canonicalUrl } from './canonical-url.ts';
import type { PackProblem } from './pack-problems.ts';

const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes');
/** Visible ASCII, so that it can stand in a header field. */
const Visible = z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 visible ASCII characters');
const Host = z
  .string()
  .refine(isHost, 'must be a host name in lower case (A-labels, no trailing dot) or an IP address');
const Path = z.string().refine(isPath, 'must be a path that begins with / and that no two readers take differently');
const HttpsUrl = z.string().refine(isHttps, 'must be an https address without query');

/** Fields that frame or route a request, or that egress-proxy writes itself: no secret is sent in them. */
const RESERVED_FIELDS =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|via|forwarded|range|accept-encoding|content-.*|proxy-.*|x-forwarded-.*)$/i;
const FIELD = /^header:([A-Za-z][A-Za-z0-9-]{0,63})$/;
const As = z
  .union([z.enum(['bearer', 'basic', 'hmac', 'sigv4', 'oauth-client-credentials']), z.string().regex(FIELD)])
  .refine(
    (as) => !RESERVED_FIELDS.test(FIELD.exec(as)?.[1] ?? ''),
    'names a header field that frames or routes requests',
  );

/** Where a secret may go: nowhere but here, compared exactly. */
const Destination = z.strictObject({
  scheme: z.literal('https', { error: 'must be https: a secret is never sent in the clear' }),
  host: Host,
  port: z.int().min(1).max(65_535).default(443),
  methods: z
    .array(z.string().regex(/^[A-Z]{1,16}$/, 'must be a method in capitals'))
    .min(1)
    .max(16),
  /** Whole segments: /v1 covers /v1 and /v1/a, but not /v10. */
  pathPrefix: Path,
});

/** Where the value comes from: the mounted file with the secret's name, or a field of a secret in Vault (KV version 2). */
const From = z.union([
  z.literal('file'),
  z.strictObject({
    vault: z.strictObject({
      path: z.string().regex(/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+){0,15}$/, 'must be a path like team/name'),
      field: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, 'must be the name of a field'),
    }),
  }),
]);

const SecretReference = z.strictObject({
  name: Name,
  destination: Destination,
  as: As,
  from: From.default('file'),
  /** basic: the user; the value is the password. */
  user: Visible.regex(/^[^:]*$/, 'must not hold a colon').optional(),
  /** hmac: what the destination calls the key (RFC 9421 section 2.3). */
  keyId: z
    .string()
    .regex(/^[A-Za-z0-9_.:/-]{1,128}$/)
    .optional(),
  /** sigv4: which key signs, for which region and service; the value is the secret access key. */
  accessKeyId: z
    .string()
    .regex(/^[A-Za-z0-9]{4,128}$/)
    .optional(),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional(),
  service: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional(),
  /** oauth-client-credentials: who asks whom for a token; the value is the client's secret (RFC 6749 section 4.4). */
  clientId: Visible.optional(),
  tokenUrl: HttpsUrl.optional(),
  scope: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/)
    .max(1024)
    .optional(),
});

/** A secret as policy knows it: what it is called, where it may go and how. Its value is elsewhere. */
export type SecretReference = z.infer<typeof SecretReference>;

export const Secrets = z.array(SecretReference).max(256).default([]);

/** The Vault that secrets come from: a named destination, reached over https like any other. */
export const VaultSettings = z.strictObject({
  destination: Name,
  mount: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('secret'),
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/)
    .optional(),
});

const PARAMETERS = ['user', 'keyId', 'accessKeyId', 'region', 'service', 'clientId', 'tokenUrl', 'scope'] as const;
type Parameter = (typeof PARAMETERS)[number];
const NEEDED: Readonly<Record<string, readonly Parameter[]>> = {
  basic: ['user'],
  hmac: ['keyId'],
  sigv4: ['accessKeyId', 'region', 'service'],
  'oauth-client-credentials': ['clientId', 'tokenUrl'],
};

type Problem = { readonly path: (string | number)[]; readonly message: string };
type Whole = {
  readonly secrets: readonly SecretReference[];
  readonly vault?: { readonly destination: string } | undefined;
  readonly destinations: readonly { readonly name: string }[];
};

/** What is wrong with the secrets of a pack beyond the form of each. */
export function secretProblems({ secrets, vault, destinations }: Whole): readonly Problem[] {
  const problems = secrets.flatMap((secret, index) =>
    messagesFor(secret, { isDouble: secrets.findIndex(({ name }) => name === secret.name) < index, vault }).map(
      (message) => ({ path: ['secrets', index], message }),
    ),
  );
  const isNamed = vault === undefined || destinations.some(({ name }) => name === vault.destination);
  const message = 'must be the name of one of the destinations';
  return isNamed ? problems : [...problems, { path: ['vault', 'destination'], message }];
}

function messagesFor(
  secret: SecretReference,
  { isDouble, vault }: { readonly isDouble: boolean; readonly vault: Whole['vault'] },
): string[] {
  const needed = NEEDED[secret.as] ?? [];
  const taken = secret.as === 'oauth-client-credentials' ? [...needed, 'scope'] : needed;
  const missing = needed.filter((name) => secret[name] === undefined);
  const extra = PARAMETERS.filter((name) => secret[name] !== undefined && !taken.includes(name));
  return [
    ...(isDouble ? [`name ${secret.name} is there twice`] : []),
    ...missing.map((name) => `${secret.as} needs ${name}`),
    ...extra.map((name) => `${name} has no meaning for ${secret.as}`),
    ...(secret.from !== 'file' && vault === undefined ? ['comes from vault, but the pack has no vault section'] : []),
  ];
}

/** How many calls of egress-proxy's own one request can make necessary at worst: to read the value, and to obtain a token with it. */
export const ownCallsOf = (secrets: readonly Pick<SecretReference, 'as' | 'from'>[]): number =>
  Math.max(0, ...secrets.map(({ as, from }) => Number(from !== 'file') + Number(as === 'oauth-client-credentials')));

/** What a rule with a secret can be about: requests that egress-proxy writes itself. What is inside of a tunnel it does not see. */
const CARRYING = ['network.http-fetch', 'network.forward'];

/** What is wrong with the rules that name a secret: it must exist, and the rule be about requests. */
export function secretRuleProblems(
  rules: readonly Rule[],
  secrets: readonly SecretReference[],
): readonly PackProblem[] {
  return rules.flatMap(({ secret, actions, file, line }) => {
    if (secret === undefined) return [];
    const isRequest = actions?.some((action) => CARRYING.includes(action)) ?? true;
    const messages = [
      ...(secrets.some(({ name }) => name === secret)
        ? []
        : [`@secret("${secret}") is not among the secrets of pack.yaml`]),
      ...(isRequest ? [] : [`@secret belongs to a rule for ${CARRYING.join(' or ')}`]),
    ];
    return messages.map((message) => ({ file, line, message }));
  });
}

function isHost(host: string): boolean {
  const read = canonicalUrl(`https://${bracketed(host)}/`);
  return read.ok && read.url.host === host;
}

function isPath(path: string): boolean {
  const read = canonicalUrl(`https://a.example${path}`);
  return path.startsWith('/') && read.ok && read.url.path === path && read.url.query === '';
}

function isHttps(raw: string): boolean {
  const read = canonicalUrl(raw);
  return read.ok && read.url.scheme === 'https' && read.url.query === '' && !raw.includes('#') && !raw.includes('?');
}
