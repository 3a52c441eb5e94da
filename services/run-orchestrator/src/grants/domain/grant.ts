import type { GrantState, GrantTerms, JsonObject, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';

type Event = RunOrchestratorEvent;
export type GrantEvent<Type extends Event['type']> = Extract<Event, { type: Type }>;

/** A standing grant: so many steps more without asking again. `version` is that of the stream. */
export type IssuedGrant = {
  readonly kind: 'grant';
  readonly state: GrantState;
  readonly terms: GrantTerms;
  readonly matched: JsonObject;
  readonly used: number;
  readonly issuedBy: string;
  readonly issuedAt: string;
  readonly endedBy?: string;
  readonly endedAt?: string;
  readonly version: number;
};
export type Grant = { readonly kind: 'none' } | IssuedGrant;

export type GrantCommand =
  | { readonly type: 'revoke'; readonly reason: string; readonly by: string; readonly at: string }
  | { readonly type: 'expire'; readonly at: string };

/** The rules of a standing grant. Its uses are decided by the runs that use it, at this grant's expected version. */
export const grantDecider: Decider<Grant, GrantCommand, Event, Rejection> = {
  initialState: () => ({ kind: 'none' }),
  decide,
  evolve,
};

function decide(command: GrantCommand, grant: Grant): Decision<Event, Rejection> {
  if (grant.kind === 'none') {
    return refuse({ code: 'GRANT_NOT_FOUND', detail: 'there is no such standing grant; list those there are' });
  }
  const { grantId } = grant.terms;
  if (grant.state !== 'live') return accept();
  if (command.type === 'revoke') {
    const { by: revokedBy, reason, at } = command;
    return accept<Event>({ type: 'grant.revoked', data: { grantId, revokedBy, reason, at } });
  }
  const { at } = command;
  return isPastEnd(grant, at) ? accept<Event>({ type: 'grant.expired', data: { grantId, at } }) : accept();
}

/** Whether the time of a standing grant is over at this moment. */
export const isPastEnd = ({ terms }: Pick<IssuedGrant, 'terms'>, at: string): boolean =>
  Date.parse(at) >= Date.parse(terms.until);

/** What a step is, as far as a standing grant asks. */
export type Usage = Pick<GrantTerms, 'agentId' | 'capability' | 'capabilityDigest' | 'policy' | 'rule' | 'risk'> & {
  readonly matchDigest: string;
  readonly at: string;
};

/** Whether a live grant covers this step: same agent, capability, policy, rule and risk, equal matched fields, in time; a live one has a use left. */
export function covers(grant: IssuedGrant, step: Usage): boolean {
  const { agentId, capability, capabilityDigest, policy, rule, risk, matchDigest } = grant.terms;
  return (
    grant.state === 'live' &&
    !isPastEnd(grant, step.at) &&
    agentId === step.agentId &&
    capability === step.capability &&
    capabilityDigest === step.capabilityDigest &&
    policy.digest === step.policy.digest &&
    rule === step.rule &&
    risk === step.risk &&
    matchDigest === step.matchDigest
  );
}

function evolve(grant: Grant, event: Event): Grant {
  if (event.type === 'grant.issued') {
    const { terms, matched, issuedBy, at: issuedAt } = event.data;
    return { kind: 'grant', state: 'live', terms, matched, used: 0, issuedBy, issuedAt, version: 1 };
  }
  return grant.kind === 'none' ? grant : { ...changed(grant, event), version: grant.version + 1 };
}

function changed(grant: IssuedGrant, event: Event): IssuedGrant {
  switch (event.type) {
    case 'grant.used': {
      const { use: used, at } = event.data;
      return used < grant.terms.uses ? { ...grant, used } : { ...grant, used, state: 'used-up', endedAt: at };
    }
    case 'grant.revoked': {
      const { revokedBy: endedBy, at: endedAt } = event.data;
      return { ...grant, state: 'revoked', endedBy, endedAt };
    }
    case 'grant.expired':
      return { ...grant, state: 'expired', endedAt: event.data.at };
    default:
      return grant;
  }
}
