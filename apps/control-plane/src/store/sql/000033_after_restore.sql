-- A restored database is older than the world: since its backup epochs were given and messages sent of which it knows nothing. A restore calls this in
-- its own transaction; every backup brings the one of its own tables.
create table restores (at timestamptz primary key);
create function after_restore() returns void language plpgsql set search_path = public, pg_temp as $$
begin
  insert into restores values (now());
  -- No epoch is given twice (rule 3); nobody has given so many since.
  update bots set epoch = epoch + 1000000;
  update grants g set epoch = b.epoch from bots b where b.id = g.bot_id;
  -- What waited may have left (rule 7). Our bots look for it by its key first, also once it has expired.
  update messages m set status = 'handed', due_at = now(), attempt = greatest(m.attempt, 1), handed_at = coalesce(m.handed_at, m.created_at), updated_at = now()
  from bots b where b.id = m.bot_id and b.transport = 'link' and m.status = 'queued';
  update messages m set attempt = 1
  from bots b where b.id = m.bot_id and b.transport = 'link' and m.status = 'scheduled' and m.due_at <= now() and m.attempt = 0;
  -- Of a foreign one nobody knows: people decide.
  update messages m set status = 'unknown', due_at = null, attempt = greatest(m.attempt, 1), handed_at = coalesce(m.handed_at, m.created_at), updated_at = now(),
    failure_detail = 'the database was restored from a backup: it may have been sent since'
  from bots b where b.id = m.bot_id and b.transport <> 'link' and (m.status = 'queued' or m.status = 'scheduled' and m.due_at <= now());
end $$;
