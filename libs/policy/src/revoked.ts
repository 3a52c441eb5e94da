import { createPolicy, type CedarPolicy, type Decision } from './decide.ts';

/**
 * The policy without these permits; forbids cannot be taken away. Its pack and reference stay the same: a decision says that the rule which
 * would have allowed the call was revoked.
 */
export function withoutRules(policy: CedarPolicy, revoked: readonly string[]): CedarPolicy {
  const gone = revoked.filter((id) => policy.pack.rules.some((rule) => rule.id === id && rule.effect === 'permit'));
  if (gone.length === 0) return policy;
  const rules = policy.pack.rules.filter(({ id }) => !gone.includes(id));
  const left = createPolicy({ ...policy.pack, rules }, `${policy.pack.digest} without ${[...gone].sort().join(' ')}`);
  const told = (now: Decision, before: () => Decision): Decision => {
    if (now.rule !== 'default-deny') return now;
    const { verdict, rule } = before();
    return verdict === 'deny' ? now : { ...now, rule, reason: `the rule ${rule} was revoked by an operator` };
  };
  return {
    ...left,
    decide: (call) => told(left.decide(call), () => policy.decide(call)),
    decideFetch: (question) => told(left.decideFetch(question), () => policy.decideFetch(question)),
    decideTunnel: (question) => told(left.decideTunnel(question), () => policy.decideTunnel(question)),
    decideRequest: (request) => told(left.decideRequest(request), () => policy.decideRequest(request)),
  };
}
