-- One login role per service that has a database, for the whole Postgres cluster. Safe to run again: it then only sets the passwords.
-- Run as a superuser: by `./causeway up`, or with psql and one -v <role>_password=… per role. Next comes schemas.sql, in the database.

do $$ begin create role audit_ledger_owner; exception when duplicate_object then null; end $$;
do $$ begin create role audit_ledger; exception when duplicate_object then null; end $$;
do $$ begin create role run_orchestrator; exception when duplicate_object then null; end $$;
do $$ begin create role resource_store; exception when duplicate_object then null; end $$;

-- Owns the ledger's tables and is used only to migrate them; the ledger itself runs as audit_ledger, which gets what migrations grant.
alter role audit_ledger_owner with login nosuperuser nocreatedb nocreaterole password :'audit_ledger_owner_password';
alter role audit_ledger with login nosuperuser nocreatedb nocreaterole password :'audit_ledger_password';
alter role run_orchestrator with login nosuperuser nocreatedb nocreaterole password :'run_orchestrator_password';
alter role resource_store with login nosuperuser nocreatedb nocreaterole password :'resource_store_password';

alter role audit_ledger_owner set search_path = audit_ledger;
alter role audit_ledger set search_path = audit_ledger;
alter role run_orchestrator set search_path = run_orchestrator;
alter role resource_store set search_path = resource_store;
