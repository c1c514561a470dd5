import type { Backup } from '@zaptria/contract'
import type { Archive } from './archive.ts'
import { connectionOf, lookInto } from './database.ts'
import { BackupError } from './errors.ts'
import { findTools } from './tools.ts'
import type { PgPlace, PgTools } from './tools.ts'

export type RestoreDeps = {
  archive: Archive
  tools: PgPlace
  /** The database's URL. */
  into: string
  /** What is there may go. */
  replace: boolean
  signal?: AbortSignal
}

/**
 * Puts a backup into a database, in one transaction: all of it is there afterwards, or everything is as it was. The whole backup has been read, opened and
 * compared before anything changes. @throws BackupError what is wrong, and what to do
 */
export async function restoreBackup(backup: Backup, { archive, tools: place, into, replace, signal }: RestoreDeps): Promise<void> {
  const { target, server, others } = await lookInto(into)
  const { database } = target
  if (!target.empty && !replace)
    throw new BackupError(
      `The database ${database} is not empty: it has ${target.tables} tables. Nothing was changed.`,
      'Restore into an empty one, or say --replace: everything that is in it goes.',
    )
  if (others.length > 0)
    throw new BackupError(
      `A control plane uses the database ${database} (${others.join(', ')}). Nothing was changed.`,
      'Stop it first, on every machine: what it writes while the backup is restored would be lost.',
    )
  const taken = Number.parseInt(backup.postgres_version, 10)
  if (server.major < taken)
    throw new BackupError(
      `The backup is of PostgreSQL ${taken}, and ${database} is on ${server.version}: an older server does not take it. Nothing was changed.`,
      `Restore into PostgreSQL ${taken} or newer.`,
    )
  const tools = await findTools(place, server.major)
  await archive.verify(backup)
  const { args, env } = connectionOf(into)
  const options = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', ...args]
  const run = { env: { ...env, PGAPPNAME: 'zaptria restore' }, ...(signal === undefined ? {} : { signal }) }
  for await (const _ of tools.run('psql', options, { ...run, stdin: script(tools, archive.read(backup), signal) }));
}

/** Without its last words nothing of it holds: whatever breaks off before, PostgreSQL takes back. */
async function* script(
  tools: PgTools,
  dump: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array | string> {
  yield PRELUDE
  yield* tools.run('pg_restore', ['--no-owner', '--file=-'], { stdin: dump, ...(signal === undefined ? {} : { signal }) })
  yield CODA
}

/** Empties the database, but for what extensions have brought. Roles belong to the server and are in no dump: ours may be missing there. */
const PRELUDE = `begin;
set local lock_timeout = '10s';
set local client_min_messages = warning;
set local search_path = '';
do $$ begin
  create role zaptria_tenant nologin;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  if not pg_has_role(current_user, 'zaptria_tenant', 'member') then
    execute pg_catalog.format('grant zaptria_tenant to %I', current_user);
  end if;
end $$;
do $$
declare command text;
begin
  foreach command in array coalesce((select array_agg(c) from (
    select format('drop schema if exists %I cascade', nspname) as c from pg_namespace
      where nspname not in ('public', 'information_schema') and nspname !~ '^pg_'
    union all
    select format('drop %s if exists public.%I cascade', case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
        when 'f' then 'foreign table' else 'table' end, relname)
      from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype in ('e', 'i', 'a'))
    union all
    select format('drop routine if exists %s cascade', oid::regprocedure)
      from pg_proc where pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'e')
    union all
    select format('drop type if exists public.%I cascade', t.typname)
      from pg_type t left join pg_class c on c.oid = t.typrelid
      where t.typnamespace = 'public'::regnamespace and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
        and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e')
  ) commands), '{}') loop
    execute command;
  end loop;
end $$;
`

/** What the database makes of being older than the world; backups of before do not know. */
const CODA = `
do $$ begin
  if pg_catalog.to_regprocedure('public.after_restore()') is not null then
    perform public.after_restore();
  end if;
end $$;
commit;
`
