-- A session is opened again from its newest snapshot that is not void: one whose session was unlinked, or that turned out to be damaged, never is.
alter table snapshots
  add column restored_at timestamptz,
  add column void_at timestamptz,
  add column void_reason text;
