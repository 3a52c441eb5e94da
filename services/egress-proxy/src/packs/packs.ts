import { POLICY_STREAM, type PolicyRef } from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import type { Log } from '@causeway/messaging';
import {
  evolveStanding,
  KeptPackError,
  keptPolicy,
  noStanding,
  revokedIn,
  withoutRules,
  type CedarPolicy,
  type Policy,
  type PolicyStanding,
} from '@causeway/policy';
import { mayGoOn, type Opened } from './may-go-on.ts';

/** The policies that calls are decided with: each call with the one that its grant names. */
export type Packs = {
  /** What new runs get, as far as this process knows. */
  readonly active: () => Policy;
  /** The policy that a grant names, without the rules that were revoked; undefined when the ledger does not keep it either. */
  readonly find: (ref: PolicyRef) => Promise<Policy | undefined>;
  /** Whether what a rule opened, and what lasts, may go on. */
  readonly mayGoOn: (opened: Opened) => boolean;
  /** Calls back after each change; whatever lasts asks then whether it may go on. Returns how to end that. */
  readonly onPolicyChange: (listener: () => void) => () => void;
};
/** The same, with the way in which it learns. */
export type LivePacks = Packs & {
  /** Reads what the ledger says by now. Rejects when it cannot be read. */
  readonly refresh: () => Promise<void>;
};

type Parts = {
  readonly ledger: Pick<LedgerPort, 'readStream'>;
  /** The pack of the service's own folder. */
  readonly folder: CedarPolicy;
  readonly log: Log;
};

/** Keeps policies ready by digest. What is revoked is known before the first call is decided, or no call is. */
export function createPacks({ ledger, folder, log }: Parts): LivePacks {
  const packs = new Map<string, CedarPolicy>([[folder.ref.digest, folder]]);
  const limited = new Map<string, CedarPolicy>();
  const listeners = new Set<() => void>();
  let standing: PolicyStanding | undefined;
  let reading: Promise<void> = Promise.resolve();

  async function load(digest: string): Promise<void> {
    if (packs.has(digest)) return;
    try {
      const kept = await keptPolicy(ledger, digest);
      if (kept) packs.set(digest, kept);
    } catch (err) {
      if (!(err instanceof KeptPackError)) throw err;
      log.error({ err, digest }, 'a kept policy pack cannot be used by this version');
    }
  }

  function known(digest: string): CedarPolicy | undefined {
    const whole = packs.get(digest);
    const gone = whole && standing ? revokedIn(standing, digest) : [];
    if (!whole || gone.length === 0) return whole;
    const key = `${digest} ${gone.join(' ')}`;
    const left = limited.get(key) ?? withoutRules(whole, gone);
    limited.set(key, left);
    return left;
  }

  async function readOn(): Promise<void> {
    const before = standing;
    const since = before ?? noStanding();
    const events = await ledger.readStream(POLICY_STREAM, since.version + 1);
    const next = events.reduce<PolicyStanding>(evolveStanding, since);
    if (next.active) await load(next.active.digest);
    standing = next;
    if (before !== undefined && events.length > 0) for (const listener of listeners) listener();
  }

  /** One after another, so that no event is counted twice. */
  function refresh(): Promise<void> {
    reading = reading.catch(() => undefined).then(readOn);
    return reading;
  }

  const active = (): CedarPolicy => known(standing?.active?.digest ?? folder.ref.digest) ?? folder;
  return {
    ...{ active, refresh },
    find: async ({ digest }) => {
      if (standing === undefined) await refresh();
      await load(digest);
      return known(digest);
    },
    mayGoOn: (opened) => mayGoOn(opened, { then: known(opened.policy.digest), now: active() }),
    onPolicyChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
