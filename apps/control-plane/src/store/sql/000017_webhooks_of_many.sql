-- As before, of many messages as fast as of few. Old and new rows are not joined: a plan for that is kept, and the one that suits the first few
-- compares each with each of the many that come later.
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
