import type { SpentBuffers } from '@causeway/service-kit';
import type { Decision } from '@causeway/policy';
import type { LargeBodies } from '../bodies/large-bodies.ts';
import { isSpelledOut, nameCountStop, nameShapeStop, type NamesOfRuns } from '../guards/name-guard.ts';
import type { SecretDesk } from '../secrets/secret-desk.ts';
import type { StepGrant } from '@causeway/contracts';
import { addressFor, type AddressQuestion, type Way } from './checked-address.ts';
import type { Stop } from './fetch-stop.ts';

/** What is out there for every request, whatever its policy. */
export type Surroundings = Omit<Way, 'policy'> & {
  readonly names: NamesOfRuns;
  /** Where bodies are kept that do not fit a reply, and where those come from that are sent by reference. */
  readonly bodies: LargeBodies;
  /** Told the bytes that came from outside in buffers of their own. */
  readonly spent: SpentBuffers;
};
/** The same under the policy of one grant. */
export type Governed = Surroundings & Pick<Way, 'policy'>;
export type Outside = Governed & { readonly secrets: SecretDesk };

type HopAddress = { readonly grant: StepGrant } & Pick<AddressQuestion, 'url' | 'ports' | 'signal'>;

/** The address to dial. Whatever can be refused without DNS is refused before DNS is asked, a name under a wildcard included. */
export const checkedAddress = (outside: Governed, { url, ports, grant, signal }: HopAddress): Promise<string> =>
  addressFor(outside, { url, ports, signal, beforeDns: () => wildcardStop(outside, url.host, grant.runId) });

function wildcardStop({ policy: { pack }, names }: Governed, host: string, runId: string): Stop | undefined {
  if (isSpelledOut(host, pack.rules)) return undefined;
  const { maxWildcardNames } = pack.egress;
  return nameShapeStop(host) ?? nameCountStop(names.add(runId, host, maxWildcardNames), maxWildcardNames);
}

/** The rule that decided about a request, and what it has against it. */
export type Ruling = { readonly rule: string; readonly stop?: Stop };

/** @param agreed the rule that the grant was given under, where a person's agreement to it counts */
export function ruling({ verdict, rule, reason, allowed }: Decision, agreed: string | undefined): Ruling {
  const isAgreed = verdict === 'ask' && agreed === rule;
  if (verdict === 'allow' || isAgreed) return { rule };
  const detail = verdict === 'ask' ? `${reason} This needs an approval of its own.` : reason;
  return { rule, stop: { code: 'POLICY_DENIED', stage: 'policy', detail, rule, allowed } };
}
