-- When a body was last kept: a body is removed only when whoever kept it has long sealed the event that names it.
alter table blob add column kept_at timestamptz not null default now();

-- Bodies go when every resource that names them was erased.
alter table resource_view add column sha256 text not null generated always as (view ->> 'sha256') stored;
alter table resource_view add column erased boolean not null generated always as (coalesce((view ->> 'erased')::boolean, false)) stored;
create index on resource_view (sha256);
create index on resource_view (sha256) where erased;
