-- When somebody last wished for another instance of the bot, so that its going and coming is not taken for a failure.
alter table bots add column wished_at timestamptz;
