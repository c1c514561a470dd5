-- What an operator sends to a customer, who links the bot's WhatsApp account with it. One per tenant: a new one voids the old. It is used up when bot_states
-- has the bot connected since.
create table pairing_links (
  tenant_id uuid primary key references tenants (id) on delete cascade,
  hash bytea not null, -- SHA-256 of the token
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
alter table pairing_links enable row level security;
create policy tenant on pairing_links to zaptria_tenant
  using (tenant_id = any ((select zaptria_current_tenants())::uuid[])) with check (tenant_id = any ((select zaptria_current_tenants())::uuid[]));
grant select, insert, update, delete on pairing_links to zaptria_tenant;
