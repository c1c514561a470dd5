-- A message may wait for its time: status 'scheduled', due_at.
create index messages_scheduled on messages (due_at) where status = 'scheduled';

create or replace function webhooks_of_new_messages() returns trigger language plpgsql as $$
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
        case when not m.from_me then 'message.received' when m.status in ('scheduled', 'queued') then 'message.queued' else 'message.sent' end as event
      from new_rows m where m.tenant_id = tenant
    ) n
    where n.event = any(wanted) or '*' = any(wanted)
    order by n.seq;
  end loop;
  return null;
end $$;
