import type { Log } from '@causeway/messaging';
import { askWitness } from './ask-witness.ts';
import type { Post } from './post-to-witness.ts';
import type { Witness } from './witness-list.ts';

export type SignedCheckpoint = { readonly size: number; readonly note: string };
export type KeptCosignature = SignedCheckpoint & {
  readonly witness: Witness;
  readonly line: string;
  readonly timestampS: number;
};

export type WitnessFeederOptions = {
  readonly witnesses: () => readonly Witness[];
  readonly post: Post;
  /** RFC 6962 2.1.2. */
  readonly proof: (fromSize: number, toSize: number) => Promise<readonly Uint8Array[]>;
  /** Size of the newest checkpoint with a kept cosignature of this witness; 0 when none. */
  readonly cosignedSize: (witness: Witness) => Promise<number>;
  readonly keep: (cosignature: KeptCosignature) => Promise<void>;
  readonly log: Log;
};

/** Shows each checkpoint to each witness. Nothing waits for it. */
export type WitnessFeeder = {
  readonly offer: (checkpoint: SignedCheckpoint) => void;
  /** Asks those again whose newest answer was no cosignature of the newest checkpoint. */
  readonly retry: () => void;
  /** Why the newest answer of a witness was no cosignature. */
  readonly problemOf: (vkey: string) => string | undefined;
  /** Resolves when nobody is being asked. */
  readonly idle: () => Promise<void>;
};

type Line = { problem?: string; cosignedSize?: number; asking?: Promise<void> };

export function witnessFeeder(options: WitnessFeederOptions): WitnessFeeder {
  const { witnesses, post, proof, cosignedSize, keep, log } = options;
  const lines = new Map<string, Line>();
  let newest: SignedCheckpoint | undefined;

  function tell(witness: Witness, line: Line, problem: string | undefined): void {
    if (problem !== undefined && problem !== line.problem)
      log.warn({ witness: witness.key.name, problem }, 'a witness does not cosign; the log goes on');
    if (problem === undefined && line.problem !== undefined)
      log.info({ witness: witness.key.name }, 'it cosigns again');
    if (problem === undefined) delete line.problem;
    else line.problem = problem;
  }

  function lineOf({ vkey }: Witness): Line {
    const line = lines.get(vkey) ?? {};
    lines.set(vkey, line);
    return line;
  }

  async function ask(witness: Witness, line: Line, checkpoint: SignedCheckpoint): Promise<void> {
    try {
      const oldSize = (line.cosignedSize ??= await cosignedSize(witness));
      if (oldSize > checkpoint.size) return;
      const proofFrom = (size: number) => proof(size, checkpoint.size);
      const answer = await askWitness({ witness, ...checkpoint, oldSize, proofFrom }, post);
      if (!answer.cosigned) return tell(witness, line, answer.problem);
      const { line: text, timestampS } = answer;
      await keep({ ...checkpoint, witness, line: text, timestampS });
      line.cosignedSize = checkpoint.size;
      tell(witness, line, undefined);
    } catch (error) {
      tell(witness, line, `it could not be asked: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** While a witness thinks, newer checkpoints replace each other. */
  async function askUntilNewest(witness: Witness, line: Line): Promise<void> {
    // Not before the caller has noted that this one is being asked.
    await Promise.resolve();
    let asked: SignedCheckpoint | undefined;
    while (newest && newest !== asked && newest.size > (line.cosignedSize ?? -1)) {
      asked = newest;
      await ask(witness, line, asked);
    }
    delete line.asking;
  }

  function feed(): void {
    for (const witness of witnesses()) {
      const line = lineOf(witness);
      line.asking ??= askUntilNewest(witness, line);
    }
  }

  return {
    offer: (checkpoint) => {
      newest = checkpoint;
      feed();
    },
    retry: feed,
    problemOf: (vkey) => lines.get(vkey)?.problem,
    idle: async () => {
      await Promise.all([...lines.values()].flatMap(({ asking }) => (asking ? [asking] : [])));
    },
  };
}
