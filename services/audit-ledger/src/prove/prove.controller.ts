import { getCheckpoint, getLogKeys, proveConsistency, proveInclusion, readLeaves, readTile } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import type { Proofs } from './proofs.ts';

export const PROOFS = Symbol('proofs');

@Controller()
export class ProveController {
  readonly #proofs: Proofs;

  constructor(@Inject(PROOFS) proofs: Proofs) {
    this.#proofs = proofs;
  }

  @Handles(getCheckpoint)
  checkpoint(request: Incoming<typeof getCheckpoint>): ReturnType<Proofs['checkpoint']> {
    return this.#proofs.checkpoint(request.data);
  }

  @Handles(readTile)
  tile(request: Incoming<typeof readTile>): ReturnType<Proofs['tile']> {
    return this.#proofs.tile(request.data);
  }

  @Handles(readLeaves)
  leaves(request: Incoming<typeof readLeaves>): ReturnType<Proofs['leaves']> {
    return this.#proofs.leaves(request.data);
  }

  @Handles(proveInclusion)
  inclusion(request: Incoming<typeof proveInclusion>): ReturnType<Proofs['inclusion']> {
    return this.#proofs.inclusion(request.data);
  }

  @Handles(proveConsistency)
  consistency(request: Incoming<typeof proveConsistency>): ReturnType<Proofs['consistency']> {
    return this.#proofs.consistency(request.data);
  }

  @Handles(getLogKeys)
  keys(): ReturnType<Proofs['keys']> {
    return this.#proofs.keys();
  }
}
