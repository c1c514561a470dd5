-- What somebody in a group calls themselves, by each message: it changes, and they are no contact of their own.
alter table messages add sender_name text;

-- A group's contact was named after whoever wrote last; its subject comes with its next message.
update contacts set push_name = null
where id in (select contact_id from contact_aliases where jid like '%@g.us') and push_name is not null;

create or replace function webhooks_contact(conversation uuid) returns jsonb language sql stable as $$
  select jsonb_build_object('id', k.id, 'name', coalesce(k.name, k.push_name),
    'phone_jid', (select min(a.jid) from contact_aliases a where a.contact_id = k.id and a.jid like '%@c.us'),
    'lid', (select min(a.jid) from contact_aliases a where a.contact_id = k.id and a.jid like '%@lid'),
    'group', (select min(a.jid) from contact_aliases a where a.contact_id = k.id and a.jid like '%@g.us'))
  from conversations c join contacts k on k.id = c.contact_id where c.id = conversation
$$;
