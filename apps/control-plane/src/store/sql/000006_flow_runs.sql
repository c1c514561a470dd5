-- A run goes on by itself: due_at is when, and only then is it set. When a run is over by itself moved to a column of its own.
alter table flow_runs add column expires_at timestamptz;
update flow_runs set expires_at = due_at, due_at = null;
create index flow_runs_expiry on flow_runs (expires_at);

-- What a contact wrote in several messages and is answered once (core's FlowBurst). It may wait for its answer before there is a run.
alter table flow_runs add column burst jsonb;
alter table flow_runs alter column run drop not null;
