-- Documents of runs tell when the clock looks at them by more than before: every view is filled again from the ledger.
truncate session_view, run_view, step_view, approval_view;
delete from projection_cursor;
