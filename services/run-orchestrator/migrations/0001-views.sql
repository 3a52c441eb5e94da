create table projection_cursor (
  name text primary key,
  position bigint not null
);

create table session_view (
  key text primary key,
  view jsonb not null
);

create table run_view (
  key text primary key,
  view jsonb not null,
  state text not null generated always as (view ->> 'state') stored,
  session_id text not null generated always as (view ->> 'sessionId') stored,
  -- ISO 8601 in UTC with milliseconds, so that text order is time order
  due_at text generated always as (view ->> 'dueAt') stored
);
create index run_view_due on run_view (due_at) where state in ('active', 'paused');
create index run_view_session on run_view (session_id, key);
create index run_view_state on run_view (state, key);

create table step_view (
  key text primary key,
  view jsonb not null,
  run_id text not null generated always as (view ->> 'runId') stored,
  state text not null generated always as (view ->> 'state') stored,
  opened bigint not null generated always as ((view ->> 'openedAtPosition')::bigint) stored
);
create index step_view_run on step_view (run_id, opened);
create index step_view_open on step_view (state) where state in ('started', 'held');

create table approval_view (
  key text primary key,
  view jsonb not null,
  state text not null generated always as (view ->> 'state') stored,
  requested bigint not null generated always as ((view ->> 'requestedAtPosition')::bigint) stored,
  due_at text generated always as (view -> 'content' ->> 'expiresAt') stored
);
create index approval_view_state on approval_view (state, requested);
