-- When people asked for the session of a snapshot: a wish that could not be fulfilled for an hour is not fulfilled at some restart weeks later.
alter table bots add column restore_asked_at timestamptz;
update bots set restore_asked_at = now() where restore_from is not null;

-- Void because its bytes in the vault were damaged, and for nothing else: whole again, it can be opened again.
alter table snapshots add column void_damaged boolean not null default false;
