import { createHash, randomBytes } from 'node:crypto';
import { formatId, type Json, type StepGrant } from '@causeway/contracts';
import { memoryLedger, type LedgerPort } from '@causeway/eventing';
import { canonicalJson } from '@causeway/ledger';
import { createPolicy, parsePack, type DialProfile, type PackFiles, type Policy } from '@causeway/policy';
import type { LargeBodies } from '../src/bodies/large-bodies.ts';
import { callsInHand, type CallsInHand } from '../src/fetch/calls-in-hand.ts';
import { systemEdge, type Edge } from '../src/edge.ts';
import { memoryBodies, type MemoryBodies } from './memory-bodies.ts';
import { dial, type Dial } from '../src/fetch/dial.ts';
import type { Packs } from '../src/packs/packs.ts';
import { namesOfRuns } from '../src/guards/name-guard.ts';
import { ownAddresses } from '../src/guards/self-guard.ts';
import { fetchCalls, type FetchCall, type FetchCalls } from '../src/fetch/fetch-calls.ts';
import type { Surroundings } from '../src/fetch/outside.ts';
import type { FetchRequest } from '../src/fetch/request-guard.ts';
import { secretDesk, type SecretDesk, type SecretParts } from '../src/secrets/secret-desk.ts';
import type { Log } from '@causeway/messaging';
import type { Resolve } from '../src/fetch/resolve.ts';

export type World = {
  readonly policy: Policy;
  readonly ledger: LedgerPort;
  /** Hosts that DNS was asked for. */
  readonly asked: string[];
  readonly calls: FetchCalls;
  readonly inHand: CallsInHand;
  readonly outside: Surroundings;
  readonly secrets: SecretDesk;
  readonly packs: Packs;
  readonly kept: MemoryBodies;
};

export type WorldOptions = {
  /** Ports by host; the hosts become named destinations on this machine. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly rules?: string;
  readonly constitution?: string;
  readonly egress?: Readonly<Record<string, number | readonly (number | string)[]>>;
  /** In place of what there is: the policy alone. */
  readonly packs?: Partial<Packs>;
  /** Numbers by rule. */
  readonly fetch?: object;
  readonly ledger?: LedgerPort;
  readonly profile?: DialProfile;
  readonly authorities?: readonly string[];
  readonly dns?: Readonly<Record<string, readonly string[]>>;
  /** In place of `dns`. */
  readonly resolve?: Resolve;
  readonly policy?: Policy;
  readonly dial?: Dial;
  readonly ownPorts?: readonly number[] | (() => readonly number[]);
  /** `secrets` and `vault` of the pack, as they would stand in pack.yaml. */
  readonly secrets?: readonly object[];
  readonly vault?: object;
  readonly secretsDir?: string;
  readonly vaultTokenFile?: string;
  readonly edge?: Edge;
  readonly log?: Log;
  readonly bodies?: Partial<LargeBodies>;
  readonly models?: readonly object[];
};

export const ALLOW_ALL = '@id("all") permit (principal, action == Action::"network.http-fetch", resource);\n';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** The policy of these options. */
export const policyFor = (options: WorldOptions): Policy => createPolicy(parsePack(filesFor(options), {}));

/** Its pack, as files. */
export function filesFor(options: WorldOptions): PackFiles {
  const { ports = {}, rules = ALLOW_ALL, egress = {}, secrets = [], models = [], vault, fetch = {} } = options;
  const destinations = Object.entries(ports).map(([host, port], n) => ({
    name: `d${n}`,
    host,
    address: '127.0.0.1',
    port,
  }));
  const limits = { maxSteps: 10, defaultSteps: 10, maxWallClockMs: 60_000, defaultWallClockMs: 60_000 };
  const pack = {
    ...{
      id: 'test',
      version: '1',
      description: 'For tests.',
      limits,
      approvals: { expiresAfterMs: 60_000 },
      destinations,
      secrets,
      models,
      vault,
      fetch,
    },
    egress: { maxRequestBytes: 1_000, maxResponseBytes: 10_000, timeoutMs: 5_000, maxRedirects: 2, ...egress },
  };
  return {
    'pack.yaml': JSON.stringify(pack),
    'constitution.cedar': options.constitution ?? '',
    'policy.cedar': rules,
  };
}

/** Egress-proxy without the bus: real sockets, and a ledger and a DNS in memory. */
export function world(options: WorldOptions = {}): World {
  const policy = options.policy ?? policyFor(options);
  const ledger = options.ledger ?? memoryLedger();
  const asked: string[] = [];
  const resolve: Resolve = async (host) => {
    asked.push(host);
    return options.dns?.[host] ?? [];
  };
  const { ownPorts = [] } = options;
  const own = () => ({
    addresses: ownAddresses(),
    ports: typeof ownPorts === 'function' ? ownPorts() : ownPorts,
  });
  const rules = { named: policy.pack.destinations, profile: options.profile ?? 'dev' };
  const kept = memoryBodies();
  const outside = {
    ...{ rules, own, authorities: options.authorities, names: namesOfRuns() },
    ...{ resolve: options.resolve ?? resolve, dial: options.dial ?? dial },
    bodies: { ...kept.bodies, ...options.bodies },
    spent: { add: () => {} },
  };
  const secrets = deskFor(options, { way: { ...outside, policy }, ledger });
  const inHand = callsInHand();
  const packs: Packs = { ...onlyPack(policy), ...options.packs };
  const calls = fetchCalls({
    ...{ outside, packs, ledger, edge: systemEdge, inHand, log: options.log ?? silent },
    secrets: { deskFor: () => Promise.resolve(secrets) },
  });
  return { policy, ledger, asked, calls, inHand, outside, secrets, packs, kept };
}

function deskFor(
  { edge = systemEdge, log = silent, secretsDir: dir, vaultTokenFile }: WorldOptions,
  { way, ledger }: Pick<SecretParts, 'way' | 'ledger'>,
): SecretDesk {
  return secretDesk({ way, ledger, edge, log, dir, vaultTokenFile });
}

/** A world with one policy. */
export const onlyPack = (policy: Policy): Packs => ({
  ...{ mayGoOn: () => true, onPolicyChange: () => () => undefined },
  active: () => policy,
  find: ({ digest }) => Promise.resolve(digest === policy.ref.digest ? policy : undefined),
});

export const newCallId = (): string => formatId('call', randomBytes(16));
export const digestOf = (input: Json): string => createHash('sha256').update(canonicalJson(input)).digest('hex');

/** A call with a grant that fits it. */
export function callOf(
  policy: Policy,
  request: Partial<FetchRequest> & { readonly url: string },
  grant: Partial<StepGrant> = {},
): FetchCall {
  const full = { method: 'GET', headers: {}, ...request };
  const input: Json = JSON.parse(JSON.stringify(full)) as Json;
  return {
    request: full,
    input,
    grant: {
      ...{ callId: newCallId(), sessionId: formatId('session', randomBytes(16)), agentId: 'agent-1' },
      ...{ runId: formatId('run', randomBytes(16)), stepId: 'step-1', attempt: 1, rule: 'all', policy: policy.ref },
      ...{
        deadlineAt: new Date(Date.now() + 10_000).toISOString(),
        byteAllowance: 1_000_000,
        inputDigest: digestOf(input),
      },
      ...grant,
    },
  };
}
