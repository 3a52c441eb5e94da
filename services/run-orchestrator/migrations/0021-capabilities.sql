create table capability_view (
  key text primary key,
  view jsonb not null,
  id text not null generated always as (view -> 'descriptor' ->> 'id') stored,
  removed boolean not null generated always as ((view ->> 'isRemoved')::boolean) stored,
  position bigint not null generated always as ((view ->> 'position')::bigint) stored
);
create index capability_view_id on capability_view (id) where not removed;
create index capability_view_position on capability_view (position);
