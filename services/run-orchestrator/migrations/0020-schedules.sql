drop index run_view_due;
create index run_view_due on run_view (due_at) where state in ('scheduled', 'active', 'paused');

create table schedule_view (
  key text primary key,
  view jsonb not null,
  state text not null generated always as (view ->> 'state') stored,
  session_id text not null generated always as (view ->> 'sessionId') stored,
  -- ISO 8601 in UTC with milliseconds, so that text order is time order
  due_at text generated always as (view ->> 'dueAt') stored,
  open int not null generated always as (jsonb_array_length(view -> 'open')) stored
);
create index schedule_view_due on schedule_view (due_at) where state = 'active';
create index schedule_view_open on schedule_view (key) where open > 0;
create index schedule_view_session on schedule_view (session_id, key);
