-- That a session can be opened from a snapshot is shown by opening it, where nothing can be reached.
alter table snapshots
  add column proved_at timestamptz,
  add column proof_ms int,
  add column proof_fault text,
  -- The last try that has shown nothing, and why.
  add column proof_tried_at timestamptz,
  add column proof_error text,
  -- People wanted the session to go back to it, and it could not be used.
  add column restore_failed_at timestamptz;
-- One at a time on a server; a replica that dies in the middle lets it go by this.
alter table servers add column proof_until timestamptz;
