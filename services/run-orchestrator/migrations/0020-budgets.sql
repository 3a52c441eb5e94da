-- Budgets have more meters and pools now: every view is filled again from the ledger.
create table pool_view (
  key text primary key,
  view jsonb not null,
  level text not null generated always as (view ->> 'level') stored,
  opened bigint not null generated always as ((view ->> 'openedAtPosition')::bigint) stored
);
create index pool_view_opened on pool_view (opened);
create index run_view_debtors on run_view (key) where view ? 'owes';

truncate session_view, run_view, step_view, approval_view;
delete from projection_cursor;
