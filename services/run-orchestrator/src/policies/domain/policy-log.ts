import { packStreamOf, type PolicyRef, type Rejection, type RunOrchestratorEvent } from '@causeway/contracts';
import { accept, type Decider, type Decision } from '@causeway/eventing';
import { evolveStanding, noStanding, revokedIn, type PackPart, type PolicyStanding } from '@causeway/policy';

type Event = RunOrchestratorEvent;
type Decided = Decision<Event, Rejection>;

/** What is in force, and who made it so. */
export type PolicyLog = {
  readonly standing: PolicyStanding;
  /** Digests of packs whose files are in the ledger. */
  readonly kept: readonly string[];
  /** Changes that were made under an id of their own. */
  readonly changes: readonly string[];
  /** By digest: who activated the pack last. */
  readonly told: Readonly<Record<string, { readonly by?: string; readonly at: string; readonly reason?: string }>>;
};

type Asked = { readonly changeId: string; readonly by: string; readonly reason: string; readonly at: string };
type Pack = { readonly policy: PolicyRef; readonly parts: readonly PackPart[] };

export type PolicyCommand =
  /** The pack in a service's own folder, told at every start: it counts when it is another than the folder had before. */
  | ({ readonly type: 'activate-folder'; readonly at: string } & Pack)
  | ({ readonly type: 'activate' } & Pack & Asked)
  | ({ readonly type: 'revoke'; readonly rule: string } & Asked);

/** The rules of what is in force: the newest activation counts, a revocation until its rule's pack is activated anew. */
export const policyDecider: Decider<PolicyLog, PolicyCommand, Event, Rejection> = {
  initialState: () => ({ standing: noStanding(), kept: [], changes: [], told: {} }),
  decide,
  evolve,
};

function decide(command: PolicyCommand, log: PolicyLog): Decided {
  switch (command.type) {
    case 'activate-folder': {
      const { policy, at } = command;
      const isKnown = log.standing.folder === policy.digest && log.kept.includes(policy.digest);
      return isKnown ? accept() : activated(command, log, { policy, at, source: 'folder' });
    }
    case 'activate': {
      const { policy, at, changeId, by: activatedBy, reason } = command;
      const { active } = log.standing;
      const isInForce = active?.digest === policy.digest && revokedIn(log.standing, policy.digest).length === 0;
      if (log.changes.includes(changeId) || isInForce) return accept();
      return activated(command, log, { policy, at, source: 'command', changeId, activatedBy, reason });
    }
    case 'revoke': {
      const { rule, changeId, by: revokedBy, reason, at } = command;
      if (log.changes.includes(changeId)) return accept();
      return accept<Event>({ type: 'policy.revoked', data: { rule, changeId, revokedBy, reason, at } });
    }
  }
}

type Activation = Extract<Event, { type: 'policy.activated' }>['data'];

/** The files go into the pack's own stream in the same append, the first time. */
function activated({ policy, parts, at }: Pack & { readonly at: string }, log: PolicyLog, data: Activation): Decided {
  const decided = accept<Event>({ type: 'policy.activated', data });
  if (log.kept.includes(policy.digest)) return decided;
  const { digest } = policy;
  const events = parts.map((part): Event => ({ type: 'policy.recorded', data: { digest, ...part, at } }));
  return { ...decided, also: [{ stream: packStreamOf(digest), expected: 'none', events }] };
}

function evolve(log: PolicyLog, event: Event): PolicyLog {
  const standing = evolveStanding(log.standing, event);
  switch (event.type) {
    case 'policy.activated': {
      const { policy, source, changeId, activatedBy: by, reason, at } = event.data;
      const facts = { at, ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
      return {
        standing,
        // Earlier versions, which did not say where a pack came from, did not keep it either.
        kept: source === undefined || log.kept.includes(policy.digest) ? log.kept : [...log.kept, policy.digest],
        changes: changeId === undefined ? log.changes : [...log.changes, changeId],
        told: { ...log.told, [policy.digest]: facts },
      };
    }
    case 'policy.revoked':
      return { ...log, standing, changes: [...log.changes, event.data.changeId] };
    default:
      return { ...log, standing };
  }
}
