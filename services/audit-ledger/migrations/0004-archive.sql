-- Taking what events of finished runs say out of the database. The row of an event stays: position, id, stream and version, hash and chain value. So ids
-- stay known, versions and proofs stay right, and the constraints that hold them go on to be enforced. `archived_by` is the position of the sealed
-- range.archived that took the leaf.
alter table event alter column leaf drop not null;
alter table event add column archived_by bigint;
alter table event add constraint leaf_or_archive check ((leaf is null) = (archived_by is not null));
-- One index in place of the one of 0003, so that an insert has no more of them to look at. What is archived is found by its range of positions.
drop index event_of_erasure;
create index event_about_the_log on event (position) where type in ('data.erased', 'range.archived', 'range.restored');

-- No event begins as an archived one: the runtime role writes every column but this.
revoke insert on event from audit_ledger;
grant insert (position, stream, version, id, type, scope, leaf, leaf_hash, chain) on event to audit_ledger;

-- What a sealed event of a kind says in its leaf. Only a leaf that is in its place in the chain of the log is believed.
create function sealed_inline(at bigint, kind text) returns json language sql stable as $$
  select leaf.said -> 'data' -> 'inline'
  from event e
  join event before on before.position = e.position - 1
  cross join lateral (select convert_from(e.leaf, 'UTF8')::json as said) leaf
  where e.position = at and e.type = kind
    and e.position < (select max(next_position) from ledger_head)
    and e.leaf_hash = sha256('\x00'::bytea || e.leaf)
    and e.chain = sha256('ledger.chain.v1'::bytea || '\x0a'::bytea || before.chain || e.leaf_hash)
    and leaf.said ->> 'type' = kind and (leaf.said ->> 'pos')::bigint = e.position
$$;

-- The sealed event by which an archive is to be put back; null when there is none.
create function restored_by(archive bigint) returns bigint language sql stable as $$
  select min(r.position) from event r
  where r.type = 'range.restored' and r.position > archive
    and (sealed_inline(r.position, 'range.restored') ->> 'archive')::bigint = archive
$$;

-- Positions in [first, upto) of which nobody needs to decide anything any more: of runs that ended before `upto` and were silent from there to `before`,
-- in streams that belong to such a run alone and hold only what runs are made of. Names of types and nouns are those of the contracts.
create function archivable_positions(first bigint, upto bigint, before bigint) returns setof bigint language sql stable as $$
  with candidate as materialized (
    select stream, min(scope) as scope from event where position >= first and position < upto
    group by stream having min(scope) = max(scope)
  ), finished as materialized (
    select s.scope from (select distinct scope from candidate) s
    where exists (
        select from event t where t.stream = s.scope and t.scope = s.scope and t.position < upto
          and t.type in ('run.done', 'run.failed', 'run.cancelled')
      ) and not exists (select from event l where l.scope = s.scope and l.position >= upto and l.position < before)
  ), taken as materialized (
    select c.stream from candidate c join finished using (scope)
    where not exists (
      select from event l where l.stream = c.stream and l.position < before and (
        l.scope <> c.scope or l.position >= upto or split_part(l.type, '.', 1)
          not in ('run', 'claim', 'step', 'policy', 'budget', 'subgoal', 'approval', 'egress')
      )
    )
  )
  select e.position from taken join event e using (stream) where e.position >= first and e.position < upto
$$;

-- What the archive that is sealed at a position takes: nothing above a signed checkpoint or above what is published, and nothing once it is taken back.
create function archived_positions(archive bigint) returns setof bigint language sql stable as $$
  select archivable_positions((said ->> 'from')::bigint, (said ->> 'to')::bigint, archive)
  from sealed_inline(archive, 'range.archived') as said
  where (said ->> 'to')::bigint <= (select max(size) from checkpoint)
    and (said ->> 'to')::bigint <= (select max(position) from publication)
    and restored_by(archive) is null
$$;

-- Updates pass when they take the leaf of rows that the archive which the transaction names reaches, or put back the leaf that a row's hash is of, once that
-- is sealed; whoever asks. Nothing else of a row changes.
create function refuse_unless_archived() returns trigger language plpgsql
  set search_path = audit_ledger, pg_temp as $$
declare
  archive bigint := nullif(current_setting('causeway.archive', true), '')::bigint;
begin
  if exists (
    select from was full join now using (position)
    where (was.stream, was.version, was.id, was.type, was.scope, was.leaf_hash, was.chain)
        is distinct from (now.stream, now.version, now.id, now.type, now.scope, now.leaf_hash, now.chain)
      or sha256('\x00'::bytea || coalesce(was.leaf, now.leaf)) is distinct from was.leaf_hash
      or (case when now.leaf is null
          then was.leaf is not null and now.archived_by = archive and position in (select archived_positions(archive))
          else was.leaf is null and restored_by(was.archived_by) is not null end) is not true
  ) then
    raise exception '% is append-only: UPDATE is refused, no sealed archive or restoration reaches these rows', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;
drop trigger append_only on event;
create trigger append_only before delete or truncate on event
  for each statement execute function refuse_change();
create trigger archived_only after update on event referencing old table as was new table as now
  for each statement execute function refuse_unless_archived();

-- As in 0003, and for data that goes into an archive with its leaf.
create or replace function refuse_unless_erased() returns trigger language plpgsql
  set search_path = audit_ledger, pg_temp as $$
declare
  erasure bigint := nullif(current_setting('causeway.erasure', true), '')::bigint;
  archive bigint := nullif(current_setting('causeway.archive', true), '')::bigint;
begin
  if exists (
    select from gone where position not in (select erased_positions(erasure))
      and position not in (select archived_positions(archive))
  ) then
    raise exception '% is append-only: DELETE is refused, no sealed erasure or archive reaches these rows', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;

-- The only way of the runtime role to take leaves out; it takes the position of a sealed archive. Again it changes nothing. Returns how many went.
create function archive_events(archive bigint) returns bigint language plpgsql security definer
  set search_path = audit_ledger, pg_temp as $$
declare
  rows bigint;
begin
  if not exists (select from sealed_inline(archive, 'range.archived') as said where said is not null) then
    raise exception 'no archive is sealed at position %: nothing is taken out', archive using errcode = 'restrict_violation';
  end if;
  perform set_config('causeway.archive', archive::text, true);
  delete from event_data where position in (select archived_positions(archive));
  update event set leaf = null, archived_by = archive
  where archived_by is null and position in (select archived_positions(archive));
  get diagnostics rows = row_count;
  perform set_config('causeway.archive', '', true);
  return rows;
end
$$;

-- The only way of the runtime role to put leaves back. Returns how many came.
create function restore_events(archive bigint, positions bigint[], leaves bytea[]) returns bigint language plpgsql security definer
  set search_path = audit_ledger, pg_temp as $$
declare
  rows bigint;
begin
  update event e set leaf = given.leaf, archived_by = null
  from unnest(positions, leaves) as given (position, leaf)
  where e.position = given.position and e.archived_by = archive;
  get diagnostics rows = row_count;
  return rows;
end
$$;

revoke execute on function archive_events(bigint), restore_events(bigint, bigint[], bytea[]) from public;
grant execute on function archive_events(bigint), restore_events(bigint, bigint[], bytea[]) to audit_ledger;
