import type { PolicyRef } from '@causeway/contracts';
import type { Policy } from '@causeway/policy';

/** Something that a rule opened and that lasts: a tunnel. */
export type Opened = { readonly policy: PolicyRef; readonly rule: string };
type Policies = { readonly then: Policy | undefined; readonly now: Policy };

/**
 * Whether what a rule opened may go on: the rule was not revoked, and the pack in force has it, word for word. A run keeps its pack and may open
 * the same again, if that pack still allows it; what lasts is decided anew, and does not live on by having been opened in time.
 */
export function mayGoOn({ rule }: Opened, { then, now }: Policies): boolean {
  const before = permitOf(then, rule);
  const after = permitOf(now, rule);
  return before !== undefined && before === after;
}

/** The text of a permit; undefined when there is none, or none any more. */
const permitOf = (policy: Policy | undefined, rule: string): string | undefined =>
  policy?.pack.rules.find(({ id, effect }) => id === rule && effect === 'permit')?.text;
