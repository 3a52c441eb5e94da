import type { Queryable } from '@causeway/postgres';
import type { TreeHead } from './signer.ts';

/** A checkpoint as it is kept: what the log's keys signed, and the lines of witnesses that came since. */
export type StoredCheckpoint = TreeHead & {
  /** The note as the log's keys signed it. */
  readonly note: string;
  /** ISO 8601, UTC. */
  readonly signedAt: string;
  readonly cosignatures: readonly { readonly witness: string; readonly line: string }[];
};

type Row = {
  readonly size: string;
  readonly root: Buffer;
  readonly note: string;
  readonly signed_at: Date;
  readonly cosignatures: readonly { readonly witness: string; readonly line: string }[];
};

const SELECT = `select c.size, c.root, c.note, c.signed_at, coalesce(
    (select json_agg(json_build_object('witness', s.witness, 'line', s.line) order by s.cosigned_at, s.witness)
      from cosignature s where s.size = c.size), '[]') as cosignatures
  from checkpoint c`;

const checkpointOf = ({ size, root, note, signed_at, cosignatures }: Row): StoredCheckpoint => ({
  ...{ size: Number(size), root, note, cosignatures },
  signedAt: signed_at.toISOString(),
});

/** The largest checkpoint; undefined before the first. */
export async function newestCheckpoint(db: Queryable): Promise<StoredCheckpoint | undefined> {
  const { rows } = await db.query<Row>({
    name: 'newest-checkpoint',
    text: `${SELECT} order by c.size desc limit 1`,
  });
  return rows[0] && checkpointOf(rows[0]);
}

/** Size of the largest checkpoint; 0 before the first. */
export async function newestSize(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ size: string }>({
    name: 'newest-size',
    text: 'select coalesce(max(size), 0) as size from checkpoint',
  });
  return Number(rows[0]?.size ?? 0);
}

/** The checkpoint of exactly this size. */
export async function checkpointOfSize(db: Queryable, size: number): Promise<StoredCheckpoint | undefined> {
  const { rows } = await db.query<Row>({
    name: 'checkpoint-of-size',
    text: `${SELECT} where c.size = $1`,
    values: [size],
  });
  return rows[0] && checkpointOf(rows[0]);
}

/** Keeps a checkpoint. The same size again changes nothing: its first note stays. */
export async function keepCheckpoint(
  db: Queryable,
  { size, root, note, signedAt }: TreeHead & { readonly note: string; readonly signedAt: string },
): Promise<void> {
  await db.query({
    name: 'keep-checkpoint',
    text: `insert into checkpoint (size, root, note, signed_at) values ($1, $2, $3, $4) on conflict do nothing`,
    values: [size, Buffer.from(root), note, signedAt],
  });
}

export type Cosignature = {
  readonly size: number;
  /** Verifier key of the witness. */
  readonly witness: string;
  readonly line: string;
  /** ISO 8601, UTC. */
  readonly cosignedAt: string;
};

/** Keeps a cosignature. The same witness and size again changes nothing. */
export async function keepCosignature(db: Queryable, { size, witness, line, cosignedAt }: Cosignature): Promise<void> {
  await db.query({
    name: 'keep-cosignature',
    text: `insert into cosignature (size, witness, line, cosigned_at) values ($1, $2, $3, $4) on conflict do nothing`,
    values: [size, witness, line, cosignedAt],
  });
}

/** The largest size that a witness has cosigned, and when; undefined when none. */
export async function newestCosigned(
  db: Queryable,
  witness: string,
): Promise<{ readonly size: number; readonly at: string } | undefined> {
  const { rows } = await db.query<{ size: string; cosigned_at: Date }>({
    name: 'newest-cosigned',
    text: `select size, cosigned_at from cosignature where witness = $1 order by size desc limit 1`,
    values: [witness],
  });
  return rows[0] && { size: Number(rows[0].size), at: rows[0].cosigned_at.toISOString() };
}
