-- What every stored message paid for and nobody asked.

-- A conversation belongs to one bot of one tenant by its own keys, so that the message's key to its conversation says both. Bots are never deleted.
alter table messages drop constraint messages_tenant_id_bot_id_fkey;
alter table message_keys drop constraint message_keys_tenant_id_bot_id_fkey;
-- The cursor is read within a conversation, and the sequence itself never gives a number twice.
alter table messages drop constraint messages_seq_key;
