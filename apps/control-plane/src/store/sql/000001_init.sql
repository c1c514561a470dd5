-- The first schema. Rule 10 of the design: tenants' rows are scoped by code and by row-level security, so every table that belongs to a tenant
-- carries tenant_id, composite foreign keys and the policy at the end of this file. Clocks: now() of the database, everywhere.

create table servers (
  id uuid primary key,
  name text not null unique,
  driver text not null,
  address text,
  region text,
  capacity int not null default 50 check (capacity > 0),
  sealed_credentials bytea,
  created_at timestamptz not null default now()
);

create table tenants (
  id uuid primary key,
  name text not null,
  external_id text unique,
  subscription text not null check (subscription in ('paid', 'past_due', 'cancelled')),
  removed_at timestamptz,
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A tenant's key, sealed by the master key named in master_key_id. Without this row nothing of the tenant's sealed data can be read again.
create table tenant_keys (
  tenant_id uuid primary key references tenants (id),
  sealed_key bytea not null,
  master_key_id text not null,
  created_at timestamptz not null default now()
);

create table bots (
  id uuid primary key,
  tenant_id uuid not null unique references tenants (id),
  engine text not null default 'wwebjs',
  transport text not null default 'link' check (transport in ('link', 'http')),
  -- desired
  desired text not null check (desired in ('running', 'stopped', 'removed')),
  generation int not null default 1, -- a restart is "another generation is wanted"
  server_id uuid not null references servers (id),
  container_name text not null unique,
  expose text not null default 'none' check (expose in ('none', 'host', 'domain')),
  public_url text,
  pacing jsonb not null,
  token_version int not null default 1,
  token_hash bytea not null,
  -- granted
  epoch int not null default 0,
  -- observed: what the bot says
  state text not null default 'starting',
  reason text not null default 'boot',
  detail text,
  state_at timestamptz not null default now(),
  number text,
  wa_name text,
  qr_code text,
  qr_expires_at timestamptz,
  pairing_code text,
  page_version text,
  probe jsonb,
  last_beat_at timestamptz,
  beat jsonb,
  link_replica uuid,
  link_at timestamptz, -- when the link last came up or went down
  boot_id uuid, -- the bot's process, as its last hello named it
  -- observed: what the driver says
  instance_state text not null default 'absent',
  instance_generation int,
  instance_detail text,
  instance_at timestamptz,
  started_at timestamptz, -- when the driver was last told to start it
  -- the reconcile is due work; a pass holds the lease, not the row's lock, because drivers are slow and bots report meanwhile
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  attempts int not null default 0,
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create index bots_due on bots (due_at);

create table volumes (
  id uuid primary key,
  tenant_id uuid not null,
  bot_id uuid not null,
  acked_seq bigint not null default 0,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);

-- One at most per bot: the permission of one volume to open the session (rule 3).
create table grants (
  bot_id uuid primary key,
  tenant_id uuid not null,
  epoch int not null,
  volume_id uuid not null,
  expires_at timestamptz not null,
  session_open boolean not null default false,
  boot_id uuid, -- the process that it was given to: another one opens anew, and queues for admission
  opening_since timestamptz, -- set while the session is being opened: a few at a time per server
  first_granted_at timestamptz not null default now(),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);

create table bot_states (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  bot_id uuid not null,
  state text not null,
  reason text not null,
  detail text,
  at timestamptz not null default now(),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);
create index bot_states_bot on bot_states (bot_id, id desc);

-- Commands that are not messages (pair, logout, snapshot, stop): rows too, so that the replica that holds the link finds them.
create table bot_commands (
  id uuid primary key,
  tenant_id uuid not null,
  bot_id uuid not null,
  command jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  handed_at timestamptz,
  done_at timestamptz,
  error text,
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);
create index bot_commands_open on bot_commands (bot_id) where done_at is null;

create table contacts (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  name text,
  push_name text,
  variables jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);

-- Phone and LID of the same person point at the same contact; learning that two are one moves rows here (rule 5).
create table contact_aliases (
  bot_id uuid not null,
  jid text not null,
  tenant_id uuid not null,
  contact_id uuid not null,
  primary key (bot_id, jid),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
);
create index contact_aliases_contact on contact_aliases (contact_id);

create table flow_versions (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  version int not null,
  flow jsonb not null,
  active boolean not null default false,
  created_at timestamptz not null default now(),
  unique (tenant_id, version),
  unique (tenant_id, id)
);
create unique index flow_versions_active on flow_versions (tenant_id) where active;

create table conversations (
  id uuid primary key,
  tenant_id uuid not null,
  bot_id uuid not null,
  contact_id uuid not null,
  -- as last seen; the other name of the same chat beside it
  chat_id text not null,
  alias_chat_id text,
  answering text not null default 'bot' check (answering in ('bot', 'person')),
  answering_since timestamptz not null default now(),
  bot_resumes_at timestamptz,
  stuck boolean not null default false,
  unread int not null default 0,
  last_body text,
  last_from_me boolean,
  last_type text,
  last_at timestamptz,
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (bot_id, contact_id),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
);
create index conversations_resume on conversations (bot_resumes_at) where bot_resumes_at is not null;
create index conversations_recent on conversations (tenant_id, updated_at desc, id desc);

create table flow_runs (
  conversation_id uuid primary key,
  tenant_id uuid not null,
  flow_version_id uuid not null,
  -- core's FlowRun
  run jsonb not null,
  due_at timestamptz,
  updated_at timestamptz not null default now(),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
  foreign key (tenant_id, flow_version_id) references flow_versions (tenant_id, id)
);
create index flow_runs_due on flow_runs (due_at) where due_at is not null;

create table messages (
  id uuid primary key,
  seq bigint generated always as identity unique, -- order of storing, and the cursor
  tenant_id uuid not null,
  bot_id uuid not null,
  conversation_id uuid not null,
  wa_id text,
  from_me boolean not null,
  sender text,
  author text not null,
  body text not null,
  type text not null default 'chat',
  status text not null,
  failure_reason text,
  failure_detail text,
  media jsonb,
  quoted text,
  wa_at timestamptz not null,
  -- outgoing: the row is the command (rules 7 and 8)
  due_at timestamptz,
  expires_at timestamptz,
  attempt int not null default 0,
  priority int not null default 0,
  handed_at timestamptz,
  page_at timestamptz, -- when the page was said to have it: from then on acks follow
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id)
);
create index messages_conversation on messages (conversation_id, seq desc);
create index messages_out on messages (bot_id, priority desc, seq) where status in ('queued', 'handed', 'unknown');

create index messages_expiry on messages (expires_at) where status in ('queued', 'handed');

-- Deduplication, which outlives the pruning of bodies (rule 5). chat and sender are conversation and, in a group, participant, so that
-- a switch between phone and LID does not double a message.
create table message_keys (
  bot_id uuid not null,
  conversation_id uuid not null,
  from_me boolean not null,
  sender text not null default '',
  wa_id text not null,
  tenant_id uuid not null,
  message_id uuid not null,
  primary key (bot_id, conversation_id, from_me, sender, wa_id),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);
create index message_keys_wa on message_keys (bot_id, wa_id);

-- Events that could not be stored for a fault of their own: kept as they came, so that they neither block the ones behind them nor vanish.
create table events_set_aside (
  event_id uuid not null,
  bot_id uuid not null,
  tenant_id uuid not null,
  volume_id uuid,
  event bytea not null, -- JSON as it came: text and jsonb refuse some of what a faulty event may hold
  error text not null,
  at timestamptz not null default now(),
  primary key (bot_id, event_id),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);

create table alerts (
  id uuid primary key,
  fingerprint text not null,
  kind text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  tenant_id uuid references tenants (id),
  detail text,
  count int not null default 1,
  raised_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  resolved_at timestamptz
);
create unique index alerts_open on alerts (fingerprint) where resolved_at is null;

-- The operator's: outside row-level security, never reached by tenant code.

create table api_keys (
  id uuid primary key,
  name text not null,
  prefix text not null,
  hash bytea not null unique,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

create table idempotency_keys (
  scope text not null,
  key text not null,
  request_hash bytea not null,
  status int,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (scope, key)
);

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  tenant_id uuid,
  detail jsonb
);

-- Row-level security. Tenant code runs as zaptria_tenant with zaptria.tenant set for the transaction; an unset or emptied setting sees nothing.
do $$
begin
  create role zaptria_tenant nologin;
exception when duplicate_object or unique_violation then null; -- a role belongs to the whole server; another database made it
end $$;
-- A login that is not a superuser must be a member to switch to it.
do $$
begin
  if not pg_has_role(current_user, 'zaptria_tenant', 'member') then
    execute format('grant zaptria_tenant to %I', current_user);
  end if;
end $$;
grant usage on schema public to zaptria_tenant;

create function zaptria_current_tenant() returns uuid language sql stable as
  $$ select nullif(current_setting('zaptria.tenant', true), '')::uuid $$;

do $$
declare t text;
begin
  foreach t in array array['bots', 'volumes', 'grants', 'bot_states', 'bot_commands', 'contacts', 'contact_aliases', 'flow_versions', 'conversations',
    'flow_runs', 'messages', 'message_keys', 'events_set_aside', 'alerts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy tenant on %I to zaptria_tenant using (tenant_id = zaptria_current_tenant()) with check (tenant_id = zaptria_current_tenant())', t);
    execute format('grant select, insert, update, delete on %I to zaptria_tenant', t);
  end loop;
end $$;
alter table tenants enable row level security;
create policy tenant on tenants to zaptria_tenant using (id = zaptria_current_tenant()) with check (id = zaptria_current_tenant());
grant select, update on tenants to zaptria_tenant;
grant usage, select on all sequences in schema public to zaptria_tenant;
