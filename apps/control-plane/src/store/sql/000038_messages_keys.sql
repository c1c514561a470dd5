-- The key to the conversation was looked up for each message by itself: a quarter of what its insert took. One look for all that a statement stores
-- refuses the same. That a conversation cannot go meanwhile is nothing new to lock: whoever stores messages in it, or deletes it, holds its row
-- (docs/adr/0020-messages-without-a-foreign-key.md).
alter table messages drop constraint messages_tenant_id_conversation_id_fkey;

create function refuse_messages(wrong text) returns void language plpgsql as $$
begin
  raise foreign_key_violation using message = format('messages must be in a conversation of their tenant: %s', wrong);
end $$;

create function messages_have_conversations() returns trigger language plpgsql as $$
declare
  lost uuid;
begin
  select n.conversation_id into lost
  from (select distinct tenant_id, conversation_id from new_rows) n
  -- By its value, not as a join: that would be planned once, for few conversations, and read all of them when there are many.
  where (select c.id from conversations c where c.id = n.conversation_id and c.tenant_id = n.tenant_id) is null
  limit 1;
  if found then perform refuse_messages(format('there is no %s', lost)); end if;
  return null;
end $$;

create function moved_message_has_conversation() returns trigger language plpgsql as $$
begin
  if not exists (select from conversations where id = new.conversation_id and tenant_id = new.tenant_id) then
    perform refuse_messages(format('there is no %s', new.conversation_id));
  end if;
  return null;
end $$;

create function conversation_is_empty() returns trigger language plpgsql as $$
begin
  if exists (select from messages where conversation_id = old.id) then
    perform refuse_messages(format('%s still has some', old.id));
  end if;
  return null;
end $$;

create trigger messages_conversation_insert after insert on messages referencing new table as new_rows
  for each statement execute function messages_have_conversations();
create trigger messages_conversation_update after update on messages for each row
  when (old.conversation_id is distinct from new.conversation_id or old.tenant_id is distinct from new.tenant_id)
  execute function moved_message_has_conversation();
create trigger conversations_delete after delete on conversations for each row execute function conversation_is_empty();

-- One index answers for a message's id alone and for the keys to it, which name the tenant as well: each was a page to write for every message.
alter table message_changes drop constraint message_changes_tenant_id_message_id_fkey;
alter table message_reactions drop constraint message_reactions_tenant_id_message_id_fkey;
alter table message_texts drop constraint message_texts_tenant_id_message_id_fkey;
alter table messages drop constraint messages_tenant_id_id_key, drop constraint messages_pkey, add primary key (id, tenant_id);
alter table message_changes add foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade;
alter table message_reactions add foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade;
alter table message_texts add foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade;
