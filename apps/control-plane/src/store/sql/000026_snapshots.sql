-- Copies of a bot's session. A row is the order for one as well: `due_at` is when it is given up if it is not there.
create table snapshots (
  id uuid primary key,
  tenant_id uuid not null,
  bot_id uuid not null,
  cause text not null check (cause in ('asked')),
  state text not null default 'asked' check (state in ('asked', 'coming', 'stored', 'failed')),
  asked_at timestamptz not null default now(),
  due_at timestamptz,
  -- Set when the bot has begun to bring it.
  manifest jsonb,
  epoch int,
  stored_at timestamptz,
  size_bytes bigint,
  failure text,
  -- When all of it was last read, and was what it should be.
  verified_at timestamptz,
  foreign key (tenant_id, bot_id) references bots (tenant_id, id),
  unique (tenant_id, id)
);
create index snapshots_of_bot on snapshots (bot_id, asked_at desc);
create index snapshots_due on snapshots (due_at) where due_at is not null;

-- The sealed parts of an archive, in order, each a file of the vault.
create table snapshot_parts (
  snapshot_id uuid not null,
  nr int not null,
  tenant_id uuid not null,
  sha256 text not null, -- of the sealed bytes: the file's name
  sealed_bytes bigint not null,
  size_bytes bigint not null,
  primary key (snapshot_id, nr),
  foreign key (tenant_id, snapshot_id) references snapshots (tenant_id, id) on delete cascade
);

do $$
declare t text;
begin
  foreach t in array array['snapshots', 'snapshot_parts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy tenant on %I to zaptria_tenant using (tenant_id = any ((select zaptria_current_tenants())::uuid[])) with check (tenant_id = any ((select zaptria_current_tenants())::uuid[]))', t);
    execute format('grant select, insert, update, delete on %I to zaptria_tenant', t);
  end loop;
end $$;
