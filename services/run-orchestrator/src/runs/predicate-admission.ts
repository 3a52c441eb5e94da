import type { Predicate, ReplyEnvelope, Subgoal } from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
import type { Registry } from '../capabilities/registry.ts';
import { provesNothing, unknownCapabilities } from './domain/predicates/admission.ts';

/** What a run is asked to be judged by: its own predicate, and those of subgoals, each with its path in the request. */
export type Asked = readonly { readonly path: string; readonly predicate: Predicate }[];

export const ofSubgoals = (subgoals: readonly Subgoal[] | undefined): Asked =>
  (subgoals ?? []).map(({ predicate }, at) => ({ path: `subgoals.${at}.`, predicate }));

type Admission = { readonly selfReported: 'refuse' | 'allow'; readonly capabilities: Registry };

/** Why a run is not judged by these predicates; undefined when it is. `selfReported`: what the pack says of predicates that prove nothing. */
export async function predicateRefusal(
  asked: Asked,
  { selfReported, capabilities }: Admission,
): Promise<Extract<ReplyEnvelope<never>, { ok: false }> | undefined> {
  const unknownOf = () =>
    asked.flatMap(({ path, predicate }) =>
      unknownCapabilities(predicate, (capability) => capabilities.get(capability) !== undefined).map((error) => ({
        ...error,
        path: path + error.path,
      })),
    );
  // What is not known here may have been announced to another process a moment ago.
  if (unknownOf().length > 0) await capabilities.refresh();
  const unknown = unknownOf();
  if (unknown.length > 0) {
    const known = capabilities.ids().join(', ');
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
