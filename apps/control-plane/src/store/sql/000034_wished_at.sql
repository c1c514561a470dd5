-- When somebody last wished for another instance of the bot, and which process ran then: its going and coming is not to be taken for a failure.
alter table bots add column wished_at timestamptz, add column wished_boot uuid;
