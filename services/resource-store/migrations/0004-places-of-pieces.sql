-- Where a piece begins in its body is worked out once, when the upload becomes a body: who reads a range looks at nothing besides it.
alter table part add column from_byte bigint, add column from_character bigint;
update part p set from_byte = placed.from_byte, from_character = placed.from_character
from (
  select upload_id, number, sum(size_bytes) over sofar - size_bytes as from_byte, sum(characters) over sofar - characters as from_character
  from part window sofar as (partition by upload_id order by number)
) placed
where p.upload_id = placed.upload_id and p.number = placed.number;
create index part_by_byte on part (upload_id, from_byte) where from_byte is not null;
create index part_by_character on part (upload_id, from_character) where from_character is not null;
