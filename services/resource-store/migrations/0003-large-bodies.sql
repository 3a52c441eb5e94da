-- Bodies that are too large for one message, kept in pieces. Equal pieces are kept once, whatever body they belong to.
create table chunk (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes integer not null check (size_bytes = octet_length(bytes)),
  bytes bytea not null,
  kept_at timestamptz not null default now()
);
-- What is large is mostly packed already: trying to pack it again takes longer than writing it.
alter table chunk alter column bytes set storage external;

-- Which piece stands where in an upload. `characters`: how many characters of UTF-8 begin in it.
create table part (
  upload_id uuid not null,
  number integer not null check (number >= 0),
  chunk_sha256 text not null references chunk,
  size_bytes integer not null,
  characters integer not null,
  kept_at timestamptz not null default now(),
  primary key (upload_id, number)
);
create index on part (chunk_sha256);
create index on part (kept_at);

-- Uploads that are whole: the body by its content, like those in `blob`.
create table body (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  upload_id uuid not null unique,
  size_bytes bigint not null,
  is_text boolean not null,
  kept_at timestamptz not null default now()
);
