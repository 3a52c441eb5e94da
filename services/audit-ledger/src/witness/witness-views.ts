import type { WitnessView } from '@causeway/contracts';
import type { z } from 'zod';
import type { Witness } from './witness-list.ts';

type View = z.infer<typeof WitnessView>;

export type WitnessStanding = {
  readonly witness: Witness;
  readonly cosigned: { readonly size: number; readonly at: string } | undefined;
  /** What went wrong when this replica asked; a replica that does not write asks nobody. */
  readonly problem: string | undefined;
};

/** A cosignature takes a question and an answer; after this a missing one is worth telling. */
const LATE_MS = 15_000;

/** What is told of a witness. `newest`: the newest checkpoint; `nowMs`: ms since 1970. */
export function witnessView(
  { witness, cosigned, problem }: WitnessStanding,
  newest: { readonly size: number; readonly signedAt: string } | undefined,
  nowMs: number,
): View {
  const cosignedSize = cosigned?.size ?? 0;
  const isLate = newest && newest.size > cosignedSize && nowMs - Date.parse(newest.signedAt) > LATE_MS;
  const late = isLate
    ? `no cosignature of the checkpoint of ${newest.size} events, signed at ${newest.signedAt}`
    : undefined;
  const why = problem ?? late;
  return {
    ...{ name: witness.key.name, vkey: witness.vkey, cosignedSize },
    ...(cosigned ? { cosignedAt: cosigned.at } : {}),
    ...(why === undefined ? {} : { problem: why }),
  };
}
