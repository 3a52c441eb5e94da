-- Documents of approvals tell where they last changed, and every second the clock asks only for what did: every view is filled again from the
-- ledger.
truncate session_view, run_view, step_view, approval_view, grant_view, pool_view;
delete from projection_cursor;

alter table approval_view add column changed bigint not null
  generated always as ((view ->> 'changedAtPosition')::bigint) stored;
create index approval_view_changed on approval_view (changed);
create index approval_view_due on approval_view (due_at) where state = 'pending';
create index approval_view_capability on approval_view ((view -> 'content' ->> 'capability'));
create index step_view_changed on step_view (((view ->> 'position')::bigint)) where view ? 'approvalId';

alter table session_view add column state text not null generated always as (view ->> 'state') stored;
create index session_view_revoked on session_view (key) where state = 'revoked';
create index run_view_goes_on on run_view (session_id, key) where state in ('active', 'paused');
