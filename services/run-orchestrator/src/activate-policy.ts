import type { RunOrchestratorEvent } from '@causeway/contracts';
import { accept, aggregateHandler, type Decider } from '@causeway/eventing';
import type { Parts } from './parts.ts';

type Active = { readonly digest: string | undefined };
type Activate = { readonly policy: Parts['policy']['ref']; readonly at: string };

const policyDecider: Decider<Active, Activate, RunOrchestratorEvent, never> = {
  initialState: () => ({ digest: undefined }),
  decide: ({ policy, at }, active) =>
    active.digest === policy.digest
      ? accept()
      : accept<RunOrchestratorEvent>({ type: 'policy.activated', data: { policy, at } }),
  evolve: (active, event) => (event.type === 'policy.activated' ? { digest: event.data.policy.digest } : active),
};

/** Seals which policy pack is in force, when it is another than before. */
export async function activatePolicy({ ledger, edge, policy, executor }: Parts): Promise<void> {
  const handler = aggregateHandler({ decider: policyDecider, ledger, newUuid: edge.newUuid });
  await handler.handle('policy', { policy: policy.ref, at: edge.now() }, { actor: { kind: 'system', id: executor } });
}
