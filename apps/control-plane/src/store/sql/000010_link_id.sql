-- The link that speaks for the bot now. What an older one still had under way, with the database or on its way down, has no say any more.
alter table bots add column link_id uuid;
