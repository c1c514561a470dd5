-- Which of a bot's instances is the one that may still run where it was taken from, and how far it has come there.
alter table ousted_bots
  -- How often the bot had been moved when it was there: what its instance says of itself by its link.
  add column place int not null default 0,
  -- Its link was heard; said that its outbox is empty and its session shut; its instance was started once more, to deliver what it holds.
  add column said_at timestamptz,
  add column drained_at timestamptz,
  add column revived_at timestamptz;
