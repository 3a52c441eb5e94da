import { CAPABILITIES, MAX_BODY_BYTES, ModelDialect, PrincipalId, Risk } from '@causeway/contracts';
import { LineCounter, parseDocument, isNode, type Document } from 'yaml';
import { z } from 'zod';
import { classifyAddress } from './address-class.ts';
import { BudgetSettings, Limits, PoolSettings } from './budget-settings.ts';
import { bracketed, canonicalUrl } from './canonical-url.ts';
import { FetchSettings, refuseWider } from './fetch-settings.ts';
import { modelSecretProblems } from './model-secrets.ts';
import { lineAt, type PackProblem } from './pack-problems.ts';
import { secretProblems, Secrets, VaultSettings } from './secret-settings.ts';

const HOUR_MS = 3_600_000;
/** What one message on the bus can carry as base64 with room for the rest of the reply. */
const MAX_INLINE_BYTES = 524_288;

const price = z.number().min(0).max(1_000_000);
/** A language model that agents may call by way of Causeway, where it is, and what it costs. */
const Model = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,126}\*?$/, 'must be the name of a model, or its beginning and a *'),
  dialect: ModelDialect,
  /** Where the provider takes requests, with the path. */
  url: z.string().refine((url) => canonicalUrl(url).ok, 'must be an address that Causeway uses'),
  /** In millionths of a US dollar for one token. */
  inputMicros: price,
  outputMicros: price,
  maxOutputTokens: z.int().min(1).max(1_000_000),
  /** Name of the secret that the provider wants: one of `secrets`, else a mounted file that is bound to `url`. Left out: none. */
  secret: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes')
    .optional(),
});
export type PackModel = z.infer<typeof Model>;

const Destination = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes'),
  host: z
    .string()
    .refine(isCanonicalHost, 'must be a host name in lower case (A-labels, no trailing dot) or an IP address'),
  address: z
    .string()
    .refine(isNameable, 'must be an IP address that can be named: public, private, shared or loopback'),
  port: z.int().min(1).max(65_535),
});

/** Sessions: whether one may have several runs that are not over. */
const Sessions = z.strictObject({ activeRuns: z.enum(['one', 'many']).default('one') });

const DAY_MS = 24 * HOUR_MS;
const durationMs = (most: number) => z.int().min(1_000).max(most);

/** What bounds a run besides its budget, in ms. There is no value for «for ever»: whatever waits is ended by the clock. */
const Runs = z
  .strictObject({
    /** How long an agent may be silent while it is its turn. */
    agentLeaseMs: durationMs(30 * DAY_MS).default(15 * 60_000),
    /** How long a run may last, pauses included. */
    maxLifeMs: durationMs(366 * DAY_MS).default(60 * DAY_MS),
    /** How long a run waits for a person or a signal when nobody says how long, and how long anybody may say. */
    defaultPauseMs: durationMs(366 * DAY_MS).default(DAY_MS),
    maxPauseMs: durationMs(366 * DAY_MS).default(30 * DAY_MS),
  })
  .refine((runs) => runs.defaultPauseMs <= runs.maxPauseMs, {
    path: ['defaultPauseMs'],
    message: 'must not be above maxPauseMs',
  });
/** What approving one capability takes, beyond what Causeway asks for by itself; an effect on the outside is never below medium risk. */
const ApprovalRule = z.strictObject({
  risk: Risk.optional(),
  quorum: z.int().min(1).max(10).default(1),
  /** Whether the statement has to be given back also where the risk is low. */
  statement: z.boolean().default(false),
  /** The only people who may decide; left out: everybody with the role. */
  approvers: z.array(PrincipalId).min(1).max(64).optional(),
});
export type ApprovalRule = z.infer<typeof ApprovalRule>;

const Approvals = z.strictObject({
  expiresAfterMs: z
    .int()
    .min(1_000)
    .max(720 * HOUR_MS),
  /** Whether who opened the session or started the run may approve its steps. */
  startersMayApprove: z.boolean().default(false),
  /** By the id of the capability. */
  rules: z.record(z.string(), ApprovalRule).default({}).superRefine(refuseUnfit),
});

/** Each setting by itself. */
const Settings = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes'),
  version: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/, 'must be a version like 1.0.0, in quotes'),
  description: z.string().min(1).max(1000),
  /** The first two meters, as earlier packs say it; `budget` overrides it. */
  limits: Limits,
  budget: BudgetSettings,
  pools: PoolSettings,
  approvals: Approvals,
  completion: z
    .strictObject({
      /** Predicates that could hold without any step: by what agents note themselves, by `always`, or by a `not` alone. */
      selfReported: z.enum(['refuse', 'allow']).default('refuse'),
    })
    .default({ selfReported: 'refuse' }),
  sessions: Sessions.prefault({}),
  runs: Runs.prefault({}),
  destinations: z.array(Destination).max(256).superRefine(refuseDoubles),
  /** The first that fits a model's name speaks of it. */
  models: z.array(Model).max(256).default([]),
  egress: z.strictObject({
    maxRequestBytes: z.int().min(0).max(262_144),
    /** Of the answer's body; larger bodies do not fit a reply. */
    maxResponseBytes: z.int().min(1).max(MAX_INLINE_BYTES),
    /** Of a body that is kept as a resource because it does not fit a reply; 0: larger bodies are refused. */
    maxKeptBytes: z.int().min(0).max(MAX_BODY_BYTES).default(0),
    /** Of a resource that is sent as the body of a request; 0: none is. */
    maxSentBytes: z.int().min(0).max(MAX_BODY_BYTES).default(0),
    /** From the first look at the request to the last byte of the answer, redirects included. */
    timeoutMs: z.int().min(100).max(120_000),
    maxRedirects: z.int().min(0).max(5),
    /** Ports that requests go to; that of a named destination is named with it. */
    ports: z.array(z.int().min(1).max(65_535)).min(1).max(64).default([80, 443]),
    /** How many different names that no rule spells out one run may use. */
    maxWildcardNames: z.int().min(0).max(1_024).default(16),
    /** Less than this while something is on its way, for longer than the grace, ends the call. */
    minBytesPerSecond: z.int().min(0).max(1_000_000).default(64),
    flowGraceMs: z.int().min(50).max(120_000).default(5_000),
    /** What one forwarded request sets aside of the budget for its answer, and its body where that is passed on; left out: whole bodies only. */
    forwardBytesIn: z
      .int()
      .min(1)
      .max(2 ** 36)
      .optional(),
    forwardBytesOut: z
      .int()
      .min(1)
      .max(2 ** 36)
      .optional(),
    /** How long a forwarded request may last, from its decision on, where that is longer than others. */
    forwardMs: z.int().min(100).max(600_000).optional(),
    /** Ports that tunnels go to, besides those of named destinations. */
    tunnelPorts: z.array(z.int().min(1).max(65_535)).min(1).max(64).default([443]),
    /** How long a tunnel may last, from its decision on. */
    tunnelMs: z.int().min(100).max(600_000).default(60_000),
    /** What one tunnel sets aside of the budget, and carries at most, in each direction. */
    tunnelBytesOut: z
      .int()
      .min(1)
      .max(2 ** 36)
      .default(2 ** 23),
    tunnelBytesIn: z
      .int()
      .min(1)
      .max(2 ** 36)
      .default(2 ** 25),
    /** Hosts whose tunnels are looked into: what is asked inside of them is decided request by request. */
    intercept: z
      .array(
        z.string().refine(isHostPattern, 'must be a host name in lower case, «*.» before one, or «*» for all hosts'),
      )
      .max(256)
      .default([]),
    /** How long a connection to the forward proxy is kept waiting for a person to agree; 0: it is answered at once. */
    approvalWaitMs: z.int().min(0).max(600_000).default(0),
  }),
  /** References to secrets; their values are never in a pack. */
  secrets: Secrets,
  vault: VaultSettings.optional(),
  fetch: FetchSettings,
});
/** `pack.yaml`, besides its rules: what the pack is, and the limits that services keep. */
export const PackSettings = Settings.superRefine(refuseWider).superRefine((settings, context) => {
  for (const { path, message } of [...secretProblems(settings), ...modelSecretProblems(settings)])
    context.addIssue({ code: 'custom', path, message });
});
export type PackSettings = z.infer<typeof PackSettings>;

function isCanonicalHost(host: string): boolean {
  const result = canonicalUrl(`https://${bracketed(host)}/`);
  return result.ok && result.url.host === host;
}

/** Unlike in a permit, a wildcard may be as wide as it likes: it allows nothing. */
function isHostPattern(pattern: string): boolean {
  const host = pattern.replace(/^\*\./, '');
  const read = canonicalUrl(`https://${bracketed(host)}/`);
  return pattern === '*' || (read.ok && read.url.host === host && !read.url.isIpLiteral);
}

function isNameable(address: string): boolean {
  return ['public', 'private', 'shared', 'loopback'].includes(classifyAddress(address).class);
}

/** A rule for a capability that does not exist would be a misspelt one; a quorum beyond the approvers is never reached. */
function refuseUnfit(rules: Readonly<Record<string, ApprovalRule>>, context: z.RefinementCtx): void {
  for (const [capability, { quorum, approvers }] of Object.entries(rules)) {
    if (!CAPABILITIES.has(capability))
      context.addIssue({ code: 'custom', path: [capability], message: 'is not a capability' });
    if (approvers && new Set(approvers).size < quorum)
      context.addIssue({
        code: 'custom',
        path: [capability, 'quorum'],
        message: `needs ${quorum} approvers, and there are fewer`,
      });
  }
}

function refuseDoubles(destinations: readonly z.infer<typeof Destination>[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  destinations.forEach(({ name, host, port }, index) => {
    for (const key of [`name ${name}`, `host ${host} with port ${port}`]) {
      if (seen.has(key)) context.addIssue({ code: 'custom', path: [index], message: `${key} is there twice` });
      seen.add(key);
    }
  });
}

/** Reads the text of `pack.yaml`; every problem has the line of the field that it is about. */
export function parseSettings(
  file: string,
  text: string,
): { readonly settings: PackSettings | undefined; readonly problems: readonly PackProblem[] } {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false, uniqueKeys: true });
  const syntax = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    file,
    line: lineAt(text, pos[0]),
    message,
  }));
  if (syntax.length > 0) return { settings: undefined, problems: syntax };
  const parsed = PackSettings.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (parsed.success) return { settings: parsed.data, problems: [] };
  const problems = parsed.error.issues.map(({ path, message }) => ({
    file,
    line: lineAt(text, offsetOf(document, path)),
    message: `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
  }));
  return { settings: undefined, problems };
}

/** Where the field stands; for one that is missing, where the nearest thing around it stands. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  const found = path.length > 0 ? document.getIn(path, true) : document.contents;
  if (isNode(found) && found.range) return found.range[0];
  return path.length > 0 ? offsetOf(document, path.slice(0, -1)) : 0;
}
