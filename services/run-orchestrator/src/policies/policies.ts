import { POLICY_STREAM } from '@causeway/contracts';
import { recent, type LedgerPort, type Recorded } from '@causeway/eventing';
import type { Log } from '@causeway/messaging';
import { KeptPackError, keptPolicy, revokedIn, withoutRules, type CedarPolicy, type Policy } from '@causeway/policy';
import type { Handlers } from '../handlers.ts';
import type { PolicyLog } from './domain/policy-log.ts';

/** The policies that this process decides with: the one for new runs, and those that runs keep. */
export type Policies = {
  /** What new runs get. */
  readonly active: () => Policy;
  /** The policy with this digest, as far as this process has it at hand. */
  readonly known: (digest: string) => Policy | undefined;
  /** The same, looked for in the ledger when it is not at hand; undefined when it is not kept there either. */
  readonly find: (digest: string) => Promise<Policy | undefined>;
  /** What the run most likely has, without asking the ledger; whoever seals anything finds out whether it does. */
  readonly likely: (runId: string) => Policy;
  /** Takes note of what a run was found to have. */
  readonly remember: (runId: string, digest: string) => void;
  /** Whether a rule of a pack does not count any more. */
  readonly isRevoked: (digest: string, rule: string) => boolean;
};

/** The same, with the ways in which it learns. */
export type LivePolicies = Policies & {
  /** Takes note of changes among these events. */
  readonly hear: (events: readonly Pick<Recorded, 'type' | 'stream'>[]) => Promise<void>;
  /** Takes note of what the ledger has. */
  readonly know: (log: PolicyLog) => Promise<void>;
};

type Parts = {
  readonly handlers: Pick<Handlers, 'policy'>;
  readonly ledger: Pick<LedgerPort, 'readStream'>;
  /** The pack of the service's own folder: what is in force until the ledger says otherwise. */
  readonly folder: CedarPolicy;
  readonly log: Log;
};

/** Runs whose pack is remembered, the ones asked for last. */
const REMEMBERED = 10_000;

/** Keeps policies ready by digest, each without the rules that were revoked from it. */
export function createPolicies({ handlers, ledger, folder, log }: Parts): LivePolicies {
  const packs = new Map<string, CedarPolicy>([[folder.ref.digest, folder]]);
  const limited = new Map<string, CedarPolicy>();
  const ofRuns = recent<string, string>(REMEMBERED);
  let newest: PolicyLog | undefined;
  let active: string = folder.ref.digest;

  const revoked = (digest: string): readonly string[] => (newest ? revokedIn(newest.standing, digest) : []);

  function known(digest: string): Policy | undefined {
    const whole = packs.get(digest);
    const gone = whole ? revoked(digest) : [];
    if (!whole || gone.length === 0) return whole;
    const key = `${digest} ${gone.join(' ')}`;
    const left = limited.get(key) ?? withoutRules(whole, gone);
    limited.set(key, left);
    return left;
  }

  async function find(digest: string): Promise<Policy | undefined> {
    if (packs.has(digest)) return known(digest);
    try {
      const kept = await keptPolicy(ledger, digest);
      if (kept) packs.set(digest, kept);
    } catch (err) {
      if (!(err instanceof KeptPackError)) throw err;
      log.error({ err, digest }, 'a kept policy pack cannot be used by this version');
    }
    return known(digest);
  }

  /** What was asked earlier may be answered later: only what has come further is taken. */
  async function know(log_: PolicyLog): Promise<void> {
    if (newest && log_.standing.version < newest.standing.version) return;
    newest = log_;
    const { active: next } = log_.standing;
    if (next && (await find(next.digest)) && newest === log_) active = next.digest;
  }

  const activePolicy = (): Policy => known(active) ?? folder;
  return {
    ...{ known, find, know, active: activePolicy },
    likely: (runId) => known(ofRuns.get(runId) ?? active) ?? activePolicy(),
    remember: (runId, digest) => void ofRuns.set(runId, digest),
    isRevoked: (digest, rule) => revoked(digest).includes(rule),
    hear: async (events) => {
      if (events.some(({ type, stream }) => stream === POLICY_STREAM && type.startsWith('policy.')))
        await know(await handlers.policy.load(POLICY_STREAM));
    },
  };
}
