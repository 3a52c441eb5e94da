-- One schema per service, in the database one is connected to; nobody else may enter it. Safe to run again.
-- With psql: -v database=<its name>. The roles come from roles.sql.

revoke all on database :"database" from public;
revoke all on schema public from public;
grant connect, temporary on database :"database" to audit_ledger_owner, audit_ledger, run_orchestrator, resource_store;

create schema if not exists audit_ledger authorization audit_ledger_owner;
create schema if not exists run_orchestrator authorization run_orchestrator;
create schema if not exists resource_store authorization resource_store;

-- The ledger's runtime role may enter the schema; which tables it may read and write is granted by the migrations.
grant usage on schema audit_ledger to audit_ledger;
