import type { Policy } from '@causeway/policy';
import type { Way } from '../fetch/checked-address.ts';
import { held as heldSecrets } from './held.ts';
import { secretDesk, type SecretDesk, type SecretParts } from './secret-desk.ts';

/** Packs come and go: each has a desk of its own, and every desk looks in answers for the values of all. */
export type SecretDesks = {
  /** The desk of this policy's pack, opened when it is asked for first. */
  readonly deskFor: (way: Way) => Promise<SecretDesk>;
  /** Opens the desk of the pack that this process starts with. Throws when a value stands in that pack. */
  readonly open: (way: Way) => Promise<void>;
  readonly close: () => void;
};

export function secretDesks(parts: Omit<SecretParts, 'way' | 'held'>): SecretDesks {
  const held = heldSecrets(parts.edge.elapsedMs);
  const desks = new WeakMap<Policy, Promise<SecretDesk>>();

  /** A value that stands in its pack is told in the log here, and refused whenever it is to be used. */
  async function opened(way: Way): Promise<SecretDesk> {
    const desk = secretDesk({ ...parts, way, held });
    await desk
      .open()
      .catch((err: unknown) => parts.log.error({ err, policy: way.policy.ref }, 'a pack holds a secret'));
    return desk;
  }

  return {
    deskFor: (way) => {
      const known = desks.get(way.policy) ?? opened(way);
      desks.set(way.policy, known);
      return known;
    },
    open: async (way) => {
      const desk = secretDesk({ ...parts, way, held });
      await desk.open();
      desks.set(way.policy, Promise.resolve(desk));
    },
    close: held.drop,
  };
}
