-- Erasing data that leaves only commit to. A row of event_data goes only when a sealed event of type data.erased reaches it.
create index event_of_erasure on event (position) where type = 'data.erased';

-- Erasures whose copies on the bus are gone too; what is sealed and not here is still to be finished.
create table erasure_done (
  position bigint primary key references event,
  done_at timestamptz not null default now()
);

-- What a sealed erasure says. Only the leaf is believed, and only a leaf that is in its place in the chain of the log.
create function sealed_erasure(erasure bigint) returns json language sql stable as $$
  select leaf.said -> 'data' -> 'inline'
  from event e
  join event before on before.position = e.position - 1
  cross join lateral (select convert_from(e.leaf, 'UTF8')::json as said) leaf
  where e.position = erasure and e.type = 'data.erased'
    and e.position < (select max(next_position) from ledger_head)
    and e.leaf_hash = sha256('\x00'::bytea || e.leaf)
    and e.chain = sha256('ledger.chain.v1'::bytea || '\x0a'::bytea || before.chain || e.leaf_hash)
    and leaf.said ->> 'type' = 'data.erased' and (leaf.said ->> 'pos')::bigint = e.position
$$;

-- Events of a target before a position whose leaf tells what decides. A leaf that only commits to all of its data, as earlier versions sealed it,
-- would tell nothing any more; its data stays.
create function erasable_positions(target json, before bigint) returns setof bigint language sql stable as $$
  select e.position
  from (
    select position from event where scope = target ->> 'scope'
    union all
    select position from event where stream = target ->> 'stream'
    union all
    select distinct value::bigint from json_array_elements_text(coalesce(target -> 'positions', '[]'))
  ) reached
  join event e on e.position = reached.position
  where e.position < before and e.leaf like '%"inline":%'::bytea
$$;

create function erased_positions(erasure bigint) returns setof bigint language sql stable as $$
  select erasable_positions(said -> 'target', least((said ->> 'before')::bigint, erasure)) from sealed_erasure(erasure) as said
$$;

-- Deletes pass when the erasure that the transaction names is sealed and reaches every row; whoever asks.
create function refuse_unless_erased() returns trigger language plpgsql
  set search_path = audit_ledger, pg_temp as $$
declare
  erasure bigint := nullif(current_setting('causeway.erasure', true), '')::bigint;
begin
  if exists (select from gone where position not in (select erased_positions(erasure))) then
    raise exception '% is append-only: DELETE is refused, no sealed erasure reaches these rows', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;
drop trigger append_only on event_data;
create trigger append_only before update or truncate on event_data
  for each statement execute function refuse_change();
create trigger erased_only after delete on event_data referencing old table as gone
  for each statement execute function refuse_unless_erased();

-- The runtime role has no right to delete; this is its only way, and it takes the position of a sealed erasure. Returns how many rows went.
create function erase_event_data(erasure bigint) returns integer language plpgsql security definer
  set search_path = audit_ledger, pg_temp as $$
declare
  rows integer;
begin
  if not exists (select from sealed_erasure(erasure) as said where said is not null) then
    raise exception 'no erasure is sealed at position %: nothing is deleted', erasure using errcode = 'restrict_violation';
  end if;
  perform set_config('causeway.erasure', erasure::text, true);
  delete from event_data where position in (select erased_positions(erasure));
  get diagnostics rows = row_count;
  perform set_config('causeway.erasure', '', true);
  return rows;
end
$$;

revoke execute on function erase_event_data(bigint) from public;
grant execute on function erase_event_data(bigint) to audit_ledger;
grant select, insert on erasure_done to audit_ledger;
