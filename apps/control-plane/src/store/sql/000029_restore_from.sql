-- The snapshot that people want the session to go back to, given to the bot when it starts next, whatever its volume holds; and which wish that is, so
-- that it is fulfilled once.
alter table bots add column restore_from uuid, add column restore_wish uuid;
