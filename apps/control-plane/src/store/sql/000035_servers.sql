-- Several servers: what each needs to be reached, what it was last heard to say, and when it is given up.
alter table servers
  -- The one that this installation's settings name: settings change it, people do not.
  add column embedded boolean not null default false,
  -- What a driver needs besides address and credentials; each reads its own.
  add column settings jsonb not null default '{}',
  -- What its bots dial; null: what the others do.
  add column link_url text,
  add column failover text not null default 'automatic' check (failover in ('automatic', 'ask', 'never')),
  add column state text not null default 'unheard' check (state in ('unheard', 'well', 'suspected', 'given_up')),
  add column state_at timestamptz not null default now(),
  -- Its driver was asked; it answered, or one of its bots beat; it has been silent since, or well since. On the database's clock.
  add column listened_at timestamptz,
  add column heard_at timestamptz,
  add column silent_since timestamptz,
  add column well_since timestamptz,
  -- What its driver said instead of an answer.
  add column trouble text,
  add column memory_bytes bigint,
  add column memory_free_bytes bigint,
  add column version bigint not null default 1;
-- Nobody has ever said how many bots it takes, and until now nothing asked.
update servers set embedded = true, capacity = 1000 where name in ('local', 'docker');

-- Where a bot may still be besides the server that it is on: its server fell silent and the bot was started elsewhere. What runs there has no grant; it is
-- let in to deliver what its outbox holds, then its instance is removed. Its volume is kept.
create table ousted_bots (
  bot_id uuid not null,
  tenant_id uuid not null,
  server_id uuid not null references servers (id),
  -- The one that held the session there; null: none did.
  volume_id uuid,
  epoch int not null,
  ousted_at timestamptz not null default now(),
  -- Its instance is confirmed gone from there.
  gone_at timestamptz,
  primary key (bot_id, server_id),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);
create index ousted_bots_there on ousted_bots (server_id) where gone_at is null;
alter table ousted_bots enable row level security;
create policy tenant on ousted_bots to zaptria_tenant
  using (tenant_id = any ((select zaptria_current_tenants())::uuid[])) with check (tenant_id = any ((select zaptria_current_tenants())::uuid[]));
grant select on ousted_bots to zaptria_tenant;

-- How often it was moved to another server: each time onto a volume of another name, so that one that was kept aside is never opened again.
alter table bots add column moves int not null default 0;
