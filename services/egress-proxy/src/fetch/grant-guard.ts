import type { PolicyRef, StepGrant } from '@causeway/contracts';
import { stop, type Stop } from './fetch-stop.ts';

/** What is wrong with a grant: wrong input, wrong policy, too late. `now` is ISO 8601 in UTC. */
export function grantStop(
  grant: StepGrant,
  facts: { inputDigest: string; policy: PolicyRef; now: string },
): Stop | undefined {
  if (grant.inputDigest !== facts.inputDigest)
    return stop('GRANT_MISMATCH', 'grant', 'the grant was given for another input');
  if (grant.policy.digest !== facts.policy.digest)
    return stop(
      'POLICY_VERSION_MISMATCH',
      'grant',
      `the step was decided under ${grant.policy.pack} ${grant.policy.version} (${short(grant.policy)}); ${facts.policy.pack} ${facts.policy.version} (${short(facts.policy)}) is in force here`,
    );
  if (Date.parse(grant.deadlineAt) <= Date.parse(facts.now))
    return stop('GRANT_EXPIRED', 'grant', `the grant was good until ${grant.deadlineAt}`);
  return undefined;
}

const short = ({ digest }: PolicyRef): string => digest.slice(0, 12);
