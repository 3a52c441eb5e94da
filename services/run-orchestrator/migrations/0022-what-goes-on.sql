-- A run that has not begun goes on, too, and so does a schedule.
drop index run_view_goes_on;
create index run_view_goes_on on run_view (session_id, key) where state in ('scheduled', 'active', 'paused');
create index schedule_view_goes_on on schedule_view (session_id, key) where state in ('active', 'paused');
