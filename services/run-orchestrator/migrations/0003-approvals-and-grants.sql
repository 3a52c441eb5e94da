-- Documents of approvals have another form now, and standing grants have a view: every view is filled again from the ledger.
truncate session_view, run_view, step_view, approval_view;
delete from projection_cursor;

-- 0 low to 3 critical. An approval that was asked for before there were risks counts as medium.
alter table approval_view add column severity smallint not null generated always as (
  case view -> 'content' ->> 'risk' when 'low' then 0 when 'high' then 2 when 'critical' then 3 else 1 end
) stored;
create index approval_view_severity on approval_view (state, (3 - severity), requested);
create index approval_view_run on approval_view ((view -> 'content' ->> 'runId')) where state = 'pending';

create table grant_view (
  key text primary key,
  view jsonb not null,
  state text not null generated always as (view ->> 'state') stored,
  agent_id text not null generated always as (view -> 'terms' ->> 'agentId') stored,
  until text not null generated always as (view -> 'terms' ->> 'until') stored,
  issued bigint not null generated always as ((view ->> 'issuedAtPosition')::bigint) stored
);
create index grant_view_live on grant_view (agent_id, issued) where state = 'live';
create index grant_view_due on grant_view (until) where state = 'live';

-- What waits for a person.
create index run_view_waiting on run_view (key) where state = 'paused' and view -> 'phase' ->> 'cause' in ('operator', 'budget');
create index step_view_unknown on step_view (opened) where state = 'unknown' and view ->> 'finding' is null;
