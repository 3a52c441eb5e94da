import { CAPABILITIES, type Predicate, type ReplyEnvelope, type Subgoal } from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
import { provesNothing, unknownCapabilities } from './domain/predicates/admission.ts';

/** What a run is asked to be judged by: its own predicate, and those of subgoals, each with its path in the request. */
export type Asked = readonly { readonly path: string; readonly predicate: Predicate }[];

export const ofSubgoals = (subgoals: readonly Subgoal[] | undefined): Asked =>
  (subgoals ?? []).map(({ predicate }, at) => ({ path: `subgoals.${at}.`, predicate }));

/** Why a run is not judged by these predicates; undefined when it is. `selfReported`: what the pack says of predicates that prove nothing. */
export function predicateRefusal(
  asked: Asked,
  selfReported: 'refuse' | 'allow',
): Extract<ReplyEnvelope<never>, { ok: false }> | undefined {
  const unknown = asked.flatMap(({ path, predicate }) =>
    unknownCapabilities(predicate, (capability) => CAPABILITIES.has(capability)).map((error) => ({
      ...error,
      path: path + error.path,
    })),
  );
  if (unknown.length > 0) {
    const known = [...CAPABILITIES.keys()].join(', ');
    const detail = `a predicate names a capability that does not exist, see errors; there are ${known}`;
    return rejected('CAPABILITY_UNKNOWN', detail, { errors: unknown });
  }
  const empty = selfReported === 'allow' ? [] : asked.filter(({ predicate }) => provesNothing(predicate));
  if (empty.length === 0) return undefined;
  const detail =
    'a predicate could hold although no step was ever taken: by what the agent notes itself, by always, or by a not alone; add what a step has to show, or allow it in the policy pack (completion.selfReported)';
  const errors = empty.map(({ path }) => ({ path: `${path}predicate`, message: 'could hold without any step' }));
  return rejected('PREDICATE_PROVES_NOTHING', detail, { errors });
}
