import type { CheckpointView } from '@causeway/contracts';
import { parseVerifierKey, toHex } from '@causeway/ledger';
import type { z } from 'zod';
import type { StoredCheckpoint } from '../sign/checkpoints.queries.ts';

/** A checkpoint as it is served: the lines of witnesses stand after those of the log's keys (C2SP tlog-cosignature). */
export function checkpointView(checkpoint: StoredCheckpoint): z.infer<typeof CheckpointView> {
  const { note, size, root, signedAt, cosignatures } = checkpoint;
  return {
    note: note + cosignatures.map(({ line }) => line).join(''),
    ...{ size, root: toHex(root), signedAt },
    cosignedBy: cosignatures.map(({ witness }) => parseVerifierKey(witness).name),
  };
}
