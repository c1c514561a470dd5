-- Files that messages hold or are to hold. Their bytes lie in the media store, by tenant and hash; here is what is known of them.
create table media (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  kind text not null check (kind in ('image', 'video', 'audio', 'document', 'sticker')),
  state text not null check (state in ('pending', 'stored', 'failed', 'expired')),
  failure text,
  -- as it was claimed, until the bytes have been looked at
  mimetype text not null,
  -- the bytes were not what was claimed
  mismatch boolean not null default false,
  filename text,
  size_bytes bigint,
  sha256 text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  check (state <> 'stored' or (sha256 is not null and size_bytes is not null))
);
create index media_content on media (tenant_id, sha256) where state = 'stored';
create index media_age on media (created_at) where state in ('pending', 'stored');

-- What was reported before there was a store for it has no row there.
alter table messages add column media_id uuid;
alter table messages add foreign key (tenant_id, media_id) references media (tenant_id, id);
create index messages_media on messages (media_id) where media_id is not null;

alter table media enable row level security;
create policy tenant on media to zaptria_tenant using (tenant_id = zaptria_current_tenant()) with check (tenant_id = zaptria_current_tenant());
grant select, insert, update, delete on media to zaptria_tenant;
