import { fetchLimits, type PolicyPack } from '@causeway/policy';
import type { Face } from './pipeline.ts';

/**
 * How long a request under this rule may last, in ms: what the rule says where it says less than the pack; a forwarded one else as long as the pack lets
 * bodies be passed on.
 */
export function timeLimitMs(
  { egress, fetch }: Pick<PolicyPack, 'egress' | 'fetch'>,
  rule: string,
  face?: Face,
): number {
  const { timeoutMs } = fetchLimits({ egress, fetch }, rule);
  const isNarrowed = timeoutMs < egress.timeoutMs;
  return face !== 'forward' || isNarrowed ? timeoutMs : Math.max(timeoutMs, egress.forwardMs ?? 0);
}
