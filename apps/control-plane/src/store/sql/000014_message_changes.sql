-- What happens to messages after they were sent: reactions, other texts, deletions for everyone; heard, and asked for.

alter table messages add column edited_at timestamptz; -- since when it has the text that it has
alter table messages add column deleted_at timestamptz; -- for everyone, and for good: what it held is shown no more

-- One per person and message. One that was taken back stays, empty: an older one that is told later must not bring it back.
create table message_reactions (
  message_id uuid not null,
  tenant_id uuid not null,
  from_me boolean not null,
  sender text not null default '', -- in a group who, as in message_keys
  emoji text not null,
  at timestamptz not null,
  primary key (message_id, from_me, sender),
  foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade
);

-- What an edited message said before, and since when.
create table message_texts (
  message_id uuid not null,
  tenant_id uuid not null,
  at timestamptz not null,
  body text not null,
  primary key (message_id, at),
  foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade
);

-- What was heard of a message that is not here (yet): applied when it comes. The newest of each kind and person; pruned by age and number.
create table early_changes (
  bot_id uuid not null,
  chat_id text not null,
  from_me boolean not null,
  sender text not null,
  wa_id text not null,
  kind text not null,
  by_me boolean not null,
  by_whom text not null,
  tenant_id uuid not null,
  at timestamptz not null,
  event jsonb not null, -- as the bot told it
  heard_at timestamptz not null default now(),
  primary key (bot_id, wa_id, chat_id, from_me, sender, kind, by_me, by_whom),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id)
);
create index early_changes_age on early_changes (heard_at);

-- What somebody wants done to a message: the row is the command, as a message's is.
create table message_changes (
  id uuid primary key,
  seq bigint generated always as identity, -- the order in which a message's are done
  tenant_id uuid not null,
  bot_id uuid not null,
  conversation_id uuid not null,
  message_id uuid not null,
  kind text not null check (kind in ('react', 'edit', 'revoke')),
  content text not null default '', -- the emoji, or the new text
  status text not null default 'queued' check (status in ('queued', 'handed', 'done', 'failed', 'expired')),
  failure_reason text,
  failure_detail text,
  asked_by text not null, -- who, as the audit names them
  expires_at timestamptz not null,
  handed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (tenant_id, bot_id) references bots (tenant_id, id),
  foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade
);
create index message_changes_message on message_changes (message_id, seq);
create index message_changes_open on message_changes (bot_id, seq) where status in ('queued', 'handed');
create index message_changes_expiry on message_changes (expires_at) where status in ('queued', 'handed');

do $$
declare
  t text;
  -- Where 000015 came first, its way is the only one.
  is_theirs text := case when to_regprocedure('zaptria_current_tenants()') is null then '(tenant_id = zaptria_current_tenant())'
    else '(tenant_id = any ((select zaptria_current_tenants())::uuid[]))' end;
begin
  foreach t in array array['message_reactions', 'message_texts', 'early_changes', 'message_changes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy tenant on %I to zaptria_tenant using %s with check %s', t, is_theirs, is_theirs);
    execute format('grant select, insert, update, delete on %I to zaptria_tenant', t);
  end loop;
end $$;
grant usage, select on all sequences in schema public to zaptria_tenant;

-- A message's reactions as the API's view reads them; null when there are none.
create function reactions_of(message uuid) returns jsonb language sql stable as $$
  select jsonb_agg(jsonb_build_object('emoji', r.emoji, 'from_me', r.from_me, 'sender', nullif(r.sender, ''), 'at', r.at) order by r.at, r.sender)
  from message_reactions r where r.message_id = message and r.emoji <> ''
$$;

-- As before, and that a message has another text or is deleted.
create or replace function webhooks_of_changed_messages() returns trigger language plpgsql as $$
declare
  tenant uuid;
  wanted text[];
begin
  for tenant in
    select distinct n.tenant_id from new_rows n join old_rows o on o.id = n.id
    where n.status <> o.status and n.status not in ('queued', 'handed')
      or n.edited_at is distinct from o.edited_at or n.deleted_at is distinct from o.deleted_at
  loop
    wanted := webhooks_wanted(tenant);
    continue when wanted is null;
    insert into webhook_events (tenant_id, type, about, data)
    select tenant, n.event, n.conversation_id,
      n.message || jsonb_build_object('contact', webhooks_contact(n.conversation_id), 'reactions', reactions_of(n.id))
    from (
      select m.id, m.seq, m.conversation_id, to_jsonb(m) as message, e.event
      from new_rows m join old_rows o on o.id = m.id
      cross join lateral (values
        (case when m.status = o.status or m.status in ('queued', 'handed') then null
          when m.status in ('accepted', 'delivered', 'read') and o.status not in ('accepted', 'delivered', 'read') then 'message.sent'
          else 'message.status' end),
        (case when m.edited_at is distinct from o.edited_at and m.deleted_at is null then 'message.edited' end),
        (case when m.deleted_at is distinct from o.deleted_at then 'message.deleted' end)
      ) as e(event)
      where m.tenant_id = tenant and e.event is not null
    ) n
    where n.event = any(wanted) or '*' = any(wanted)
    order by n.seq;
  end loop;
  return null;
end $$;

create function webhooks_of_reaction() returns trigger language plpgsql as $$
declare
  wanted text[] := webhooks_wanted(new.tenant_id);
begin
  if 'message.reaction' = any(wanted) or '*' = any(wanted) then
    insert into webhook_events (tenant_id, type, about, data)
    select new.tenant_id, 'message.reaction', m.conversation_id,
      to_jsonb(m) || jsonb_build_object('contact', webhooks_contact(m.conversation_id), 'reactions', reactions_of(m.id),
        'reaction', jsonb_build_object('emoji', new.emoji, 'from_me', new.from_me, 'sender', nullif(new.sender, ''), 'at', new.at))
    from messages m where m.id = new.message_id;
  end if;
  return null;
end $$;
-- One that is heard of taken back, and was not known, tells nobody anything.
create trigger webhooks_reaction_new after insert on message_reactions
  for each row when (new.emoji <> '') execute function webhooks_of_reaction();
create trigger webhooks_reaction_changed after update on message_reactions
  for each row when (old.emoji is distinct from new.emoji) execute function webhooks_of_reaction();
