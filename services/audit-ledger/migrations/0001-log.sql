-- The log: one row per event, in the one order. `leaf` is the truth; every other column repeats what it says, for lookups.
create table event (
  position bigint primary key check (position >= 0),
  stream text not null,
  version integer not null check (version >= 1),
  id uuid not null unique,
  type text not null,
  scope text not null,
  leaf bytea not null check (octet_length(leaf) <= 65535),
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  chain bytea not null check (octet_length(chain) = 32),
  unique (stream, version)
);
create index event_by_scope on event (scope, position);

-- Data that leaves commit to by a salted digest: canonical JSON, byte for byte.
create table event_data (
  position bigint primary key references event,
  salt bytea not null check (octet_length(salt) = 32),
  data bytea not null
);

-- What was appended together, so that the same request again gets the first answer.
create table append_batch (
  append_id uuid primary key,
  first_position bigint not null unique,
  count integer not null check (count >= 1),
  request_hash bytea not null check (octet_length(request_hash) = 32)
);

-- Where the log ends, and who may write: a writer of an older epoch changes no row here and so writes nothing.
create table ledger_head (
  log text primary key,
  next_position bigint not null check (next_position >= 0),
  chain bytea not null check (octet_length(chain) = 32),
  epoch bigint not null default 0,
  leader text
);

-- How far the log was published on the bus; may lag, never lead.
create table publication (
  log text primary key references ledger_head,
  position bigint not null check (position >= 0)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;
create trigger append_only before update or delete or truncate on event
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on event_data
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on append_batch
  for each statement execute function refuse_change();

grant select, insert on event, event_data, append_batch to audit_ledger;
grant select on ledger_head, publication to audit_ledger;
grant update (next_position, chain, epoch, leader) on ledger_head to audit_ledger;
grant update (position) on publication to audit_ledger;
