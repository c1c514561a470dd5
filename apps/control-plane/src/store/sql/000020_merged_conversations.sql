-- A conversation that went into another, when two contacts were learnt to be one: whoever still has its id is led on.
create table merged_conversations (
  id uuid primary key,
  tenant_id uuid not null,
  into_id uuid not null, -- always one that is there
  foreign key (tenant_id, into_id) references conversations (tenant_id, id) on delete cascade
);
create index merged_conversations_into on merged_conversations (into_id);
alter table merged_conversations enable row level security;
create policy tenant on merged_conversations to zaptria_tenant
  using (tenant_id = any ((select zaptria_current_tenants())::uuid[])) with check (tenant_id = any ((select zaptria_current_tenants())::uuid[]));
grant select, insert, update, delete on merged_conversations to zaptria_tenant;
