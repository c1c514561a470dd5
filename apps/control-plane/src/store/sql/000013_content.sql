-- What a message says beside text and files: a location, contact cards, a poll.
alter table messages add column content jsonb;
