-- Webhooks: what happens in a tenant, told to systems of its own. An event is written by the statement that makes it true, in that statement's
-- transaction, by triggers: so that no writer of messages, conversations or bots can forget it, and none tells of what was rolled back.
-- A tenant without an enabled endpoint costs one look at an index per statement.

create table webhook_endpoints (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  url text not null,
  description text not null default '',
  events text[], -- null: all, also those that a later version adds
  enabled boolean not null default true,
  disabled_reason text check (disabled_reason in ('by_request', 'gone', 'failing')),
  disabled_at timestamptz,
  sealed_secret bytea not null,
  -- signs beside the new one for a while after a rotation
  sealed_old_secret bytea,
  old_secret_until timestamptz,
  -- attempts that failed since the last one that did not
  failures int not null default 0,
  failing_since timestamptz,
  resumes_at timestamptz, -- nothing is sent before: it asked for rest, or does not answer
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  check (enabled = (disabled_reason is null))
);
create index webhook_endpoints_enabled on webhook_endpoints (tenant_id) where enabled;

create table webhook_events (
  id uuid primary key default gen_random_uuid(), -- the webhook-id header: the same for every endpoint and attempt
  seq bigint generated always as identity,
  tenant_id uuid not null references tenants (id),
  type text not null,
  about uuid, -- the conversation or the bot: events about one are delivered in order
  data jsonb not null, -- rows as they were; what is sent is made of them by the API's own views
  at timestamptz not null default now(),
  unique (tenant_id, id)
);
create index webhook_events_at on webhook_events using brin (at);

-- The row is the job: due while pending. Taken, it is due again when the lease ends, should its taker vanish.
create table webhook_deliveries (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  endpoint_id uuid not null,
  event_id uuid not null,
  type text not null,
  about uuid,
  status text not null default 'pending' check (status in ('pending', 'succeeded', 'failed')),
  due_at timestamptz not null default now(),
  taken_at timestamptz,
  attempt int not null default 0, -- of the schedule; a replay begins it anew
  attempts jsonb not null default '[]', -- how the latest ended, oldest first
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id) on delete cascade,
  foreign key (tenant_id, event_id) references webhook_events (tenant_id, id) on delete cascade
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at, id) where status = 'pending';
create index webhook_deliveries_order on webhook_deliveries (endpoint_id, about, id) where status = 'pending';
create index webhook_deliveries_taken on webhook_deliveries (endpoint_id) where status = 'pending' and taken_at is not null;
create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, id);
create index webhook_deliveries_event on webhook_deliveries (event_id);
create index webhook_deliveries_at on webhook_deliveries using brin (created_at);

-- The types that somebody listens to, '*' for all; null when nobody does.
create function webhooks_wanted(tenant uuid) returns text[] language sql stable as $$
  select array_agg(distinct type) from webhook_endpoints w, unnest(coalesce(w.events, '{*}')) as type where w.tenant_id = tenant and w.enabled
$$;

create function webhooks_contact(conversation uuid) returns jsonb language sql stable as $$
  select jsonb_build_object('id', k.id, 'name', coalesce(k.name, k.push_name),
    'phone_jid', (select min(a.jid) from contact_aliases a where a.contact_id = k.id and a.jid like '%@c.us'),
    'lid', (select min(a.jid) from contact_aliases a where a.contact_id = k.id and a.jid like '%@lid'))
  from conversations c join contacts k on k.id = c.contact_id where c.id = conversation
$$;

create function webhooks_of_new_messages() returns trigger language plpgsql as $$
declare
  tenant uuid;
  wanted text[];
begin
  for tenant in select distinct tenant_id from new_rows loop
    wanted := webhooks_wanted(tenant);
    continue when wanted is null;
    insert into webhook_events (tenant_id, type, about, data)
    select tenant, n.event, n.conversation_id, n.message || jsonb_build_object('contact', webhooks_contact(n.conversation_id))
    from (
      select m.seq, m.conversation_id, to_jsonb(m) as message,
        case when not m.from_me then 'message.received' when m.status = 'queued' then 'message.queued' else 'message.sent' end as event
      from new_rows m where m.tenant_id = tenant
    ) n
    where n.event = any(wanted) or '*' = any(wanted)
    order by n.seq;
  end loop;
  return null;
end $$;
create trigger webhooks_insert after insert on messages referencing new table as new_rows
  for each statement execute function webhooks_of_new_messages();

-- That a message was handed to the bot, or goes back from it into the queue, is our own affair.
create function webhooks_of_changed_messages() returns trigger language plpgsql as $$
declare
  tenant uuid;
  wanted text[];
begin
  for tenant in
    select distinct n.tenant_id from new_rows n join old_rows o on o.id = n.id
    where n.status <> o.status and n.status not in ('queued', 'handed')
  loop
    wanted := webhooks_wanted(tenant);
    continue when wanted is null;
    insert into webhook_events (tenant_id, type, about, data)
    select tenant, n.event, n.conversation_id, n.message || jsonb_build_object('contact', webhooks_contact(n.conversation_id))
    from (
      select m.seq, m.conversation_id, to_jsonb(m) as message,
        case when m.status in ('accepted', 'delivered', 'read') and o.status not in ('accepted', 'delivered', 'read') then 'message.sent'
          else 'message.status' end as event
      from new_rows m join old_rows o on o.id = m.id
      where m.tenant_id = tenant and m.status <> o.status and m.status not in ('queued', 'handed')
    ) n
    where n.event = any(wanted) or '*' = any(wanted)
    order by n.seq;
  end loop;
  return null;
end $$;
create trigger webhooks_update after update on messages referencing old table as old_rows new table as new_rows
  for each statement execute function webhooks_of_changed_messages();

create function webhooks_of_answering() returns trigger language plpgsql as $$
declare
  wanted text[] := webhooks_wanted(new.tenant_id);
begin
  if 'conversation.answering' = any(wanted) or '*' = any(wanted) then
    insert into webhook_events (tenant_id, type, about, data)
    values (new.tenant_id, 'conversation.answering', new.id, to_jsonb(new) || jsonb_build_object('contact', webhooks_contact(new.id)));
  end if;
  return null;
end $$;
create trigger webhooks_answering after update on conversations
  for each row when (old.answering is distinct from new.answering) execute function webhooks_of_answering();

-- Not the whole row: it holds the QR and the token's hash.
create function webhooks_of_bot_state() returns trigger language plpgsql as $$
declare
  wanted text[] := webhooks_wanted(new.tenant_id);
begin
  if 'bot.state' = any(wanted) or '*' = any(wanted) then
    insert into webhook_events (tenant_id, type, about, data)
    values (new.tenant_id, 'bot.state', new.id, jsonb_build_object('id', new.id, 'state', new.state, 'reason', new.reason, 'detail', new.detail,
      'number', new.number, 'wa_name', new.wa_name, 'state_at', new.state_at));
  end if;
  return null;
end $$;
create trigger webhooks_state after update on bots
  for each row when ((old.state, old.reason) is distinct from (new.state, new.reason)) execute function webhooks_of_bot_state();

-- One delivery for each endpoint that wants it. A test goes to one endpoint only, which its writer names.
create function webhooks_fan_out() returns trigger language plpgsql as $$
begin
  insert into webhook_deliveries (tenant_id, endpoint_id, event_id, type, about)
  select e.tenant_id, w.id, e.id, e.type, e.about
  from told e
  -- "offset 0" keeps it a look at an index for each event: never all endpoints of all tenants.
  cross join lateral (
    select id from webhook_endpoints where tenant_id = e.tenant_id and enabled and (events is null or e.type = any(events)) offset 0
  ) w
  where e.type <> 'webhook.test'
  order by e.seq, w.id;
  -- Wakes whoever delivers: a hint, as all notifications are.
  perform pg_notify('zaptria_hints', json_build_object('noun', 'webhook', 'id', t.tenant_id, 'tenant_id', t.tenant_id,
    'version', (extract(epoch from now()) * 1000)::bigint::text)::text)
  from (select distinct tenant_id from told) t;
  return null;
end $$;
create trigger webhooks_fan_out after insert on webhook_events referencing new table as told
  for each statement execute function webhooks_fan_out();

do $$
declare t text;
begin
  foreach t in array array['webhook_endpoints', 'webhook_events', 'webhook_deliveries'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy tenant on %I to zaptria_tenant using (tenant_id = zaptria_current_tenant()) with check (tenant_id = zaptria_current_tenant())', t);
    execute format('grant select, insert, update, delete on %I to zaptria_tenant', t);
  end loop;
end $$;
