-- What every stored message paid for in index pages, once more.

-- WhatsApp's keys are random: each of the two indexes was one page read, and written, at a place of its own for every message. One in this order
-- answers for both: by the whole key, and by a bot's name for a message alone.
alter table message_keys drop constraint message_keys_pkey;
alter table message_keys add primary key (bot_id, wa_id, conversation_id, from_me, sender);
drop index message_keys_wa;

-- Each message moved its conversation within the index of the list, and with it every other index of the row: 90 dead entries a minute for a busy chat. By
-- minutes it moves once a minute; the rest of the time the new version stays on its page, where there is room for it.
alter table conversations add listed_at timestamptz not null
  generated always as (date_bin('1 minute', updated_at, timestamptz '2000-01-01 00:00:00+00')) stored;
drop index conversations_recent;
create index conversations_recent on conversations (tenant_id, listed_at desc);
alter table conversations set (fillfactor = 70);

-- Tenants without a webhook, most of them, cost a look into an index and no call.
create or replace function webhooks_of_new_messages() returns trigger language plpgsql as $$
declare
  tenant uuid;
  wanted text[];
begin
  for tenant in
    select distinct n.tenant_id from new_rows n
    where exists (select from webhook_endpoints w where w.tenant_id = n.tenant_id and w.enabled)
  loop
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

create or replace function webhooks_of_changed_messages() returns trigger language plpgsql as $$
declare
  tenant uuid;
  wanted text[];
begin
  for tenant in
    select distinct c.tenant_id from (
      select tenant_id, id, status, edited_at, deleted_at from new_rows
      except
      select tenant_id, id, status, edited_at, deleted_at from old_rows
    ) c
    where exists (select from webhook_endpoints w where w.tenant_id = c.tenant_id and w.enabled)
  loop
    wanted := webhooks_wanted(tenant);
    continue when wanted is null;
    insert into webhook_events (tenant_id, type, about, data)
    select tenant, e.event, n.conversation_id,
      n.message || jsonb_build_object('contact', webhooks_contact(n.conversation_id), 'reactions', reactions_of(n.id))
    from (
      select m.*, lag(status) over w as old_status, lag(edited_at) over w as old_edited_at, lag(deleted_at) over w as old_deleted_at
      from (
        select false as is_new, id, seq, conversation_id, status, edited_at, deleted_at, null::jsonb as message from old_rows where tenant_id = tenant
        union all
        select true, r.id, r.seq, r.conversation_id, r.status, r.edited_at, r.deleted_at, to_jsonb(r) from new_rows r where r.tenant_id = tenant
      ) m
      window w as (partition by id order by is_new)
    ) n
    cross join lateral (values
      (case when n.status = n.old_status or n.status in ('queued', 'handed') then null
        when n.status in ('accepted', 'delivered', 'read') and n.old_status not in ('accepted', 'delivered', 'read') then 'message.sent'
        else 'message.status' end),
      (case when n.edited_at is distinct from n.old_edited_at and n.deleted_at is null then 'message.edited' end),
      (case when n.deleted_at is distinct from n.old_deleted_at then 'message.deleted' end)
    ) as e(event)
    where n.is_new and (e.event = any(wanted) or e.event is not null and '*' = any(wanted))
    order by n.seq;
  end loop;
  return null;
end $$;

-- These grow, and little in them changes: a vacuum finds little to do, and a fresh estimate is much like the last one. Both take the processor from messages
-- that come meanwhile, and every connection plans its statements anew after the latter.
alter table messages set (autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_scale_factor = 1, autovacuum_vacuum_cost_delay = 10);
alter table message_keys set (autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_scale_factor = 1, autovacuum_vacuum_cost_delay = 10);
-- They are asked for by keys, and by few values of their status: a fifth of the sample says enough.
do $$
declare
  col record;
begin
  for col in
    select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.oid in ('messages'::regclass, 'message_keys'::regclass) and a.attnum > 0 and not a.attisdropped
  loop
    execute format('alter table %I alter column %I set statistics 20', col.relname, col.attname);
  end loop;
end $$;
