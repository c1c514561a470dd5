-- Removed tenants whose data are destroyed, by order. The row is the job, and stays: it says when all was gone.
create table erasures (
  tenant_id uuid primary key references tenants (id),
  asked_at timestamptz not null default now(),
  -- When it goes on; null once all is gone.
  due_at timestamptz default now(),
  erased_at timestamptz,
  check ((due_at is null) = (erased_at is not null))
);
create index erasures_due on erasures (due_at) where due_at is not null;

-- Where volumes of such a tenant's bot may lie: a row goes when its server says that nothing of the bot is there any more, however long that server is away.
create table volumes_to_erase (
  tenant_id uuid not null references erasures (tenant_id),
  server_id uuid not null references servers (id),
  container_name text not null,
  moves int not null,
  due_at timestamptz not null default now(),
  -- What its server said instead.
  trouble text,
  primary key (tenant_id, server_id)
);
create index volumes_to_erase_due on volumes_to_erase (server_id, due_at);
