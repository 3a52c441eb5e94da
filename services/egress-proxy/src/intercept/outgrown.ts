import { isIntercepted } from '@causeway/contracts';
import type { Trace } from '../fetch/trace.ts';

/** Whether a tunnel to this host goes through unseen while the policy in force looks into such tunnels. */
export const isOutgrown = (
  { intercepted }: Pick<Trace, 'intercepted'>,
  host: string,
  { intercept }: { readonly intercept: readonly string[] },
): boolean => intercepted === undefined && isIntercepted(host, intercept);
