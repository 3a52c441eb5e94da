import { createHash, randomBytes } from 'node:crypto';
import { formatId, type Json, type StepGrant } from '@causeway/contracts';
import { memoryLedger, type LedgerPort } from '@causeway/eventing';
import { canonicalJson } from '@causeway/ledger';
import { createPolicy, parsePack, type DialProfile, type Policy } from '@causeway/policy';
import { callsInHand, type CallsInHand } from '../src/fetch/calls-in-hand.ts';
import { systemEdge, type Edge } from '../src/edge.ts';
import { dial, type Dial } from '../src/fetch/dial.ts';
import { namesOfRuns } from '../src/guards/name-guard.ts';
import { ownAddresses } from '../src/guards/self-guard.ts';
import { fetchCalls, type FetchCall, type FetchCalls } from '../src/fetch/fetch-calls.ts';
import type { Outside } from '../src/fetch/pipeline.ts';
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
  readonly outside: Outside;
  readonly secrets: SecretDesk;
};

export type WorldOptions = {
  /** Ports by host; the hosts become named destinations on this machine. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly rules?: string;
  readonly constitution?: string;
  readonly egress?: Readonly<Record<string, number | readonly number[]>>;
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
};

export const ALLOW_ALL = '@id("all") permit (principal, action == Action::"network.http-fetch", resource);\n';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

export function policyFor(options: WorldOptions): Policy {
  const { ports = {}, rules = ALLOW_ALL, egress = {}, secrets = [], vault } = options;
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
      vault,
    },
    egress: { maxRequestBytes: 1_000, maxResponseBytes: 10_000, timeoutMs: 5_000, maxRedirects: 2, ...egress },
  };
  const files = {
    'pack.yaml': JSON.stringify(pack),
    'constitution.cedar': options.constitution ?? '',
    'policy.cedar': rules,
  };
  return createPolicy(parsePack(files, {}));
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
  const way = {
    ...{ policy, rules, own, authorities: options.authorities },
    ...{ resolve: options.resolve ?? resolve, dial: options.dial ?? dial },
  };
  const secrets = deskFor(options, { way, ledger });
  const outside = { ...way, names: namesOfRuns(), secrets };
  const inHand = callsInHand();
  const calls = fetchCalls({ outside, ledger, edge: systemEdge, inHand, log: options.log ?? silent });
  return { policy, ledger, asked, calls, inHand, outside, secrets };
}

function deskFor(
  { edge = systemEdge, log = silent, secretsDir: dir, vaultTokenFile }: WorldOptions,
  { way, ledger }: Pick<SecretParts, 'way' | 'ledger'>,
): SecretDesk {
  return secretDesk({ way, ledger, edge, log, dir, vaultTokenFile });
}

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
