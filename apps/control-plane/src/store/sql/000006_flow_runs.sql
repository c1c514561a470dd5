-- A run goes on by itself: due_at is when, and only then is it set. When a run is over by itself moved to a column of its own.
alter table flow_runs add column expires_at timestamptz;
update flow_runs set expires_at = due_at, due_at = null;
create index flow_runs_expiry on flow_runs (expires_at);
