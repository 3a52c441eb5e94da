import type { MessageContract } from '@causeway/contracts';
import type { Subscription } from '@nats-io/transport-node';
import type { Bus, Handler } from './bus.ts';

/**
 * Contracts that a replica serves only at times, such as while it leads. Who is not on duty has no subscription: a request then meets nobody,
 * which the bus says at once, and the sender tries again.
 */
export type Duty = {
  /** Adds a contract, served whenever the duty is on. */
  readonly serve: <C extends MessageContract>(contract: C, handler: Handler<C>) => void;
  /** Serves from now on; nothing changes when it is on already. */
  readonly begin: () => void;
  /** Takes no further requests; those on their way here are still answered. */
  readonly end: () => void;
};

/**
 * A {@link Duty} that is off. Its subscriptions are in no queue group: a member that is stopped would go on being given a share of the
 * requests until the bus drops it, while a lone subscriber that takes over gets every one at once.
 */
export function createDuty(bus: Bus): Duty {
  const contracts: (() => Subscription)[] = [];
  let serving: Subscription[] | undefined;

  return {
    serve: (contract, handler) => {
      const start = (): Subscription => bus.serve(contract, handler, { group: 'none' });
      contracts.push(start);
      serving?.push(start());
    },
    begin: () => {
      serving ??= contracts.map((start) => start());
    },
    end: () => {
      for (const subscription of serving ?? []) subscription.drain().catch(() => subscription.unsubscribe());
      serving = undefined;
    },
  };
}
