import {
  type announceByAnyProvider,
  getHead,
  parseSubject,
  possibleEffects,
  type AnnouncedCapability,
  type CapabilityDescriptor,
  type CapabilityView,
  type listCapabilities,
  type Rejection,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import { capabilityStreamOf } from '../edge.ts';
import type { Parts } from '../parts.ts';
import { paged, type Views } from '../views.ts';
import type { CapabilityDocument } from './capabilities.projection.ts';
import { findCapabilities, findChanged, findPresent, findVersion } from './capabilities.queries.ts';
import { notYours, type CapabilityCommand } from './domain/capability.ts';
import { descriptorDigest, descriptorProblem, reservedFor } from './descriptor.ts';

type Announcing = Incoming<typeof announceByAnyProvider>;
type List = Incoming<typeof listCapabilities>['data'];
type ListAnswer = ReplyEnvelope<ReplyOf<typeof listCapabilities>>;

/** How long an announcement waits for the views of this process, in ms; others follow within a second. */
const SEEN_WITHIN_MS = 2_000;

/** What can be asked about capabilities. */
export function createCapabilities(parts: Parts, { views }: { readonly views: Views }) {
  const { handlers, edge, bus, capabilities: registry } = parts;

  const handle = (id: string, command: CapabilityCommand, { actor, id: causationId }: Announcing['meta']) =>
    handlers.capabilities.handle(capabilityStreamOf(id), command, { actor, causationId });

  /** Waits until the views hold what is in the ledger now, so that nothing is missed that another process announced. */
  async function caughtUp({ actor, id }: Announcing['meta']): Promise<void> {
    const head = await bus.request(getHead, {}, { id: `${id}-head`, actor }, { attemptMs: 2_000 });
    if (head.ok) await views.runner.waitFor(head.value.nextPosition - 1, SEEN_WITHIN_MS);
  }

  async function removeMissing(owner: string, kept: readonly CapabilityDescriptor[], meta: Announcing['meta']) {
    const present = await findPresent(views.pool);
    const missing = present.filter(
      ({ descriptor }) => descriptor.owner === owner && !kept.some(({ id }) => id === descriptor.id),
    );
    for (const { descriptor } of missing) {
      await handle(descriptor.id, { type: 'remove', owner, at: edge.now() }, meta);
    }
  }

  return {
    announce: async ({
      data,
      meta,
      subject,
    }: Announcing): Promise<ReplyEnvelope<ReplyOf<typeof announceByAnyProvider>>> => {
      const owner = providerOn(subject);
      const descriptors = data.capabilities.map((one) => ({ ...present(one), owner }) as CapabilityDescriptor);
      const refusal = announcementRefusal(owner, descriptors);
      if (refusal) return { ok: false, rejection: refusal };
      const digests = descriptors.map((descriptor) => ({ id: descriptor.id, digest: descriptorDigest(descriptor) }));
      for (const [index, descriptor] of descriptors.entries()) {
        const command = { type: 'announce' as const, descriptor, digest: digests[index]!.digest, at: edge.now() };
        const handled = await handle(descriptor.id, command, meta);
        if (!handled.accepted) return { ok: false, rejection: handled.rejection };
      }
      await caughtUp(meta);
      await removeMissing(owner, descriptors, meta);
      await caughtUp(meta);
      await registry.refresh();
      return ok({ version: await findVersion(views.pool), capabilities: digests });
    },
    list: async ({ data }: Incoming<typeof listCapabilities>): Promise<ListAnswer> => {
      // The version is read first: what comes in between is told again with the next question, and nothing is left out.
      const version = await findVersion(views.pool);
      if (data.since !== undefined) return changesSince({ ...data, since: data.since }, version);
      const found = await findCapabilities(views.pool, data);
      const { page, next } = paged(found, data.limit, ({ descriptor }) => descriptor.id);
      return ok({ version, capabilities: page.map(viewOf), ...(next ? { next } : {}) });
    },
  };

  async function changesSince(
    { since, limit }: List & { readonly since: number },
    version: number,
  ): Promise<ListAnswer> {
    const found = await findChanged(views.pool, since, limit);
    const page = found.slice(0, limit);
    const more = found.length > limit;
    const changed = page.filter(({ isRemoved }) => !isRemoved);
    return ok({
      version: more ? page.at(-1)!.position : Math.max(version, since),
      since,
      added: changed.filter(({ addedAt }) => addedAt > since).map(viewOf),
      changed: changed.filter(({ addedAt }) => addedAt <= since).map(viewOf),
      removed: page
        .filter(({ isRemoved, addedAt }) => isRemoved && addedAt <= since)
        .map(({ descriptor }) => descriptor.id),
      more,
    });
  }
}
export type Capabilities = ReturnType<typeof createCapabilities>;

function providerOn(subject: string): string {
  const parts = parseSubject(subject);
  if (parts?.kind !== 'announce') throw new Error(`${subject} is not the subject of an announcement`);
  return parts.provider;
}

/** Why nothing of an announcement is taken: it is taken as a whole, or not at all. */
function announcementRefusal(owner: string, descriptors: readonly CapabilityDescriptor[]): Rejection | undefined {
  const ids = descriptors.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) return invalid(twice, { path: '', message: 'is announced twice' });
  for (const descriptor of descriptors) {
    const reserved = reservedFor(descriptor.id);
    if (reserved !== undefined && reserved !== owner) return notYours(descriptor.id, reserved);
    const problem = descriptorProblem(descriptor);
    if (problem) return invalid(descriptor.id, problem);
  }
  return undefined;
}

function invalid(id: string, { path, message }: { readonly path: string; readonly message: string }): Rejection {
  const errors = [{ path: path ? `${id}.${path}` : id, message }];
  return rejected('CAPABILITY_DESCRIPTOR_INVALID', `${id} cannot be announced like this: see errors`, { errors })
    .rejection;
}

/** What was left out stays out: a member that is there without a value cannot be sealed. */
const present = (announced: AnnouncedCapability): object =>
  Object.fromEntries(Object.entries(announced).filter(([, value]) => value !== undefined));

function viewOf({ descriptor, digest, position }: CapabilityDocument): CapabilityView {
  const { effects: effectRules, ...rest } = descriptor;
  return { ...rest, effects: [...possibleEffects(effectRules)], effectRules, digest, since: position };
}
