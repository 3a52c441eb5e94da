-- The Merkle tree over the leaf hashes (RFC 6962), in tiles as C2SP tlog-tiles numbers them. Only full tiles are kept: 256 hashes. What a
-- partial tile holds is in event.leaf_hash, or in the roots of the tiles one level below. `root` repeats what follows from `hashes`.
create table tile (
  level smallint not null check (level between 0 and 7),
  index bigint not null check (index >= 0),
  hashes bytea not null check (octet_length(hashes) = 8192),
  root bytea not null check (octet_length(root) = 32),
  primary key (level, index)
);

-- Signed statements of size and root: the note as the log's keys signed it.
create table checkpoint (
  size bigint primary key check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  note text not null,
  signed_at timestamptz not null
);

-- What witnesses put under a checkpoint: one signature line each. `witness` is its verifier key.
create table cosignature (
  size bigint not null references checkpoint,
  witness text not null,
  line text not null,
  cosigned_at timestamptz not null,
  primary key (size, witness)
);
create index cosignature_by_witness on cosignature (witness, size);

create trigger append_only before update or delete or truncate on tile
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on checkpoint
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on cosignature
  for each statement execute function refuse_change();

grant select, insert on tile, checkpoint, cosignature to audit_ledger;
