-- The file of a message has come, or it is known that it will not.
create function webhooks_of_media() returns trigger language plpgsql as $$
declare
  wanted text[] := webhooks_wanted(new.tenant_id);
begin
  if 'message.media' = any(wanted) or '*' = any(wanted) then
    insert into webhook_events (tenant_id, type, about, data)
    select new.tenant_id, 'message.media', m.conversation_id,
      to_jsonb(m) || jsonb_build_object('contact', webhooks_contact(m.conversation_id), 'reactions', reactions_of(m.id))
    from messages m where m.media_id = new.id and m.deleted_at is null;
  end if;
  return null;
end $$;
create trigger webhooks_media after update on media
  for each row when (old.state = 'pending' and new.state <> 'pending') execute function webhooks_of_media();
