import type { CapabilityDescriptor, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';

/** A capability as its events say. Its id belongs to the provider that announced it first, also once it is removed. */
export type Capability =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'capability';
      readonly descriptor: CapabilityDescriptor;
      readonly digest: string;
      readonly isRemoved: boolean;
    };

/** What can be asked of a capability. `digest` is over everything of the descriptor that decides; `at` is now. */
export type CapabilityCommand =
  | {
      readonly type: 'announce';
      readonly descriptor: CapabilityDescriptor;
      readonly digest: string;
      readonly at: string;
    }
  | { readonly type: 'remove'; readonly owner: string; readonly at: string };

type Event = RunOrchestratorEvent;
type CapabilityDecision = Decision<Event, Rejection>;

/** The rules of a capability. Announcing what is there already adds nothing: replicas of a provider all announce the same. */
export const capabilityDecider: Decider<Capability, CapabilityCommand, Event, Rejection> = {
  initialState: () => ({ kind: 'none' }),
  decide: (command, capability) =>
    command.type === 'announce' ? announce(command, capability) : remove(command, capability),
  evolve,
};

function announce(
  { descriptor, digest, at }: Extract<CapabilityCommand, { type: 'announce' }>,
  known: Capability,
): CapabilityDecision {
  const data = { descriptor, digest, at };
  if (known.kind === 'none') return accept<Event>({ type: 'capability.announced', data });
  if (known.descriptor.owner !== descriptor.owner) return refuse(notYours(descriptor.id, known.descriptor.owner));
  if (known.isRemoved) return accept<Event>({ type: 'capability.announced', data });
  if (known.digest === digest && isSameText(known.descriptor, descriptor)) return accept();
  return accept<Event>({ type: 'capability.changed', data: { ...data, previousDigest: known.digest } });
}

function remove({ owner, at }: Extract<CapabilityCommand, { type: 'remove' }>, known: Capability): CapabilityDecision {
  if (known.kind === 'none' || known.isRemoved) return accept();
  const { descriptor, digest } = known;
  if (descriptor.owner !== owner) return refuse(notYours(descriptor.id, descriptor.owner));
  return accept<Event>({ type: 'capability.removed', data: { id: descriptor.id, owner, digest, at } });
}

const isSameText = (one: CapabilityDescriptor, other: CapabilityDescriptor): boolean =>
  one.title === other.title && one.description === other.description;

/** The refusal for a provider that announces what belongs to another one. */
export const notYours = (id: string, owner: string): Rejection => ({
  code: 'CAPABILITY_NOT_OWNED',
  detail: `${id} belongs to ${owner}; announce a capability of another name`,
});

function evolve(known: Capability, event: Event): Capability {
  switch (event.type) {
    case 'capability.announced':
    case 'capability.changed': {
      const { descriptor, digest } = event.data;
      return { kind: 'capability', descriptor, digest, isRemoved: false };
    }
    case 'capability.removed':
      return known.kind === 'none' ? known : { ...known, isRemoved: true };
    default:
      return known;
  }
}
