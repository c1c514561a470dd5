-- How contact and flow answer each other lately (core's FlowPace): two programs that do so are stopped.
alter table conversations add column pace jsonb;
