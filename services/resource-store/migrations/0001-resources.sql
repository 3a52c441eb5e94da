-- Bodies by their content. Written before the event that names them; never changed and never rebuilt: the ledger holds only their digests.
create table blob (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null check (size_bytes = octet_length(bytes)),
  bytes bytea not null
);

-- How far the views have read the ledger: the next position they have not seen.
create table projection_cursor (
  name text primary key,
  position bigint not null
);

create table resource_view (
  key text primary key,
  view jsonb not null,
  session_id text not null generated always as (view ->> 'sessionId') stored,
  run_id text not null generated always as (view ->> 'runId') stored,
  position bigint not null generated always as ((view ->> 'position')::bigint) stored
);
create index on resource_view (run_id, position);
create index on resource_view (session_id, position);
create index on resource_view (position);
