-- Short texts that a tenant's people insert when they answer, each called by a word of its own. Shortcuts are kept in lower case.
create table quick_replies (
  id uuid primary key,
  tenant_id uuid not null references tenants (id) on delete cascade,
  shortcut text not null,
  body text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, shortcut)
);
alter table quick_replies enable row level security;
create policy tenant on quick_replies to zaptria_tenant
  using (tenant_id = any ((select zaptria_current_tenants())::uuid[])) with check (tenant_id = any ((select zaptria_current_tenants())::uuid[]));
grant select, insert, update, delete on quick_replies to zaptria_tenant;
