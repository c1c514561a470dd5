-- How often the platform has started a bot's instance again by itself, as last seen: when it grows, somebody is told.
alter table bots add column instance_restarts int not null default 0;

-- A cordoned server keeps its bots and gets no new ones.
alter table servers add column cordoned boolean not null default false;
