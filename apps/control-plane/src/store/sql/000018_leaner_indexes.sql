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
