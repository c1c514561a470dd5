-- People, their sessions and what they sign in with: read and written by better-auth, outside row-level security and never granted to tenant
-- code. Named people_* because "session" means WhatsApp's credentials in this system.

create table people (
  id uuid primary key,
  email text not null unique,
  email_verified boolean not null default false,
  name text not null,
  image text,
  role text not null default 'operator' check (role in ('operator', 'tenant')),
  -- whose people they are; null for operators
  tenant_id uuid references tenants (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((role = 'tenant') = (tenant_id is not null))
);

create table people_sessions (
  id uuid primary key,
  person_id uuid not null references people (id) on delete cascade,
  token text not null unique,
  -- opened by a sign-in link: such a session may set a password without knowing the old one, while it is young
  by_link boolean not null default false,
  ip_address text,
  user_agent text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index people_sessions_person on people_sessions (person_id);

create table people_accounts (
  id uuid primary key,
  person_id uuid not null references people (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index people_accounts_person on people_accounts (person_id);

create table people_verifications (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index people_verifications_identifier on people_verifications (identifier);

-- One-time sign-in links: SHA-256 of the token; used once, by POST.
create table sign_in_links (
  hash bytea primary key,
  person_id uuid not null references people (id) on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now()
);

create index idempotency_keys_age on idempotency_keys (created_at);
