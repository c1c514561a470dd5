import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { migrate } from './migrate.ts'

const FILE = new URL('./sql/schema.txt', import.meta.url)
const HOW = 'UPDATE_SCHEMA=1 npm test -- apps/control-plane/src/store/schema.test.ts'
const HEAD = `# What the migrations make of an empty database, from its catalogue. Not read by anything but the test that compares it.
# Meant as it is? Then: ${HOW}

`

/** Each line says one thing; sorted, so that the order in which things were made does not show. */
const QUERIES: readonly string[] = [
  `select format('table %s%s', c.relname, case when c.relrowsecurity then ' row level security' || case when c.relforcerowsecurity then ' forced' else '' end else '' end) as line
   from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')`,
  `select format('column %s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
     case when a.attnotnull then ' not null' else '' end,
     case a.attidentity when 'a' then ' identity always' when 'd' then ' identity by default' else '' end,
     coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) as line
   from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped`,
  // Since version 18 PostgreSQL keeps "not null" as constraints as well; the columns say it.
  `select format('constraint %s.%s %s', r.relname, c.conname, pg_get_constraintdef(c.oid)) as line
   from pg_constraint c join pg_class r on r.oid = c.conrelid where c.connamespace = 'public'::regnamespace and c.contype <> 'n'`,
  `select 'index ' || regexp_replace(indexdef, ' ON public\\.', ' ON ') as line from pg_indexes where schemaname = 'public'`,
  `select format('policy %s.%s %s %s to %s using %s with check %s', tablename, policyname, permissive, cmd, array_to_string(roles, ','), qual, with_check) as line
   from pg_policies where schemaname = 'public'`,
  `select format('grant %s on %s to %s', string_agg(x.privilege_type, ', ' order by x.privilege_type), c.relname, x.grantee::regrole) as line
   from pg_class c cross join lateral aclexplode(c.relacl) x
   where c.relnamespace = 'public'::regnamespace and x.grantee <> c.relowner group by c.relname, x.grantee`,
  `select format('grant %s on schema public to %s', string_agg(x.privilege_type, ', ' order by x.privilege_type),
     case x.grantee when 0 then 'public' else x.grantee::regrole::text end) as line
   from pg_namespace n cross join lateral aclexplode(n.nspacl) x where n.nspname = 'public' and x.grantee <> n.nspowner group by x.grantee`,
  `select format('grant %s on %s.%s to %s', x.privilege_type, c.relname, a.attname, x.grantee::regrole) as line
   from pg_attribute a join pg_class c on c.oid = a.attrelid cross join lateral aclexplode(a.attacl) x where c.relnamespace = 'public'::regnamespace`,
  `select format('function %s(%s) returns %s %s: %s', p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid),
     case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end, regexp_replace(trim(p.prosrc), '\\s+', ' ', 'g')) as line
   from pg_proc p where p.pronamespace = 'public'::regnamespace`,
  `select format('trigger %s.%s %s', c.relname, t.tgname, pg_get_triggerdef(t.oid)) as line
   from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'public'::regnamespace and not t.tgisinternal`,
]

const name = `schema_${randomUUID().replaceAll('-', '')}`
const { url } = inject('postgres')
const own = Object.assign(new URL(url), { pathname: `/${name}` }).toString()
const on = async <T>(address: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function dump(client: pg.Client): Promise<string> {
  const parts: string[] = []
  for (const query of QUERIES) {
    const { rows } = await client.query<{ line: string }>(query)
    const lines = rows.map((row) => row.line).toSorted()
    if (lines.length > 0) parts.push(lines.join('\n'))
  }
  return `${HEAD}${parts.join('\n\n')}\n`
}

beforeAll(() => on(url, (client) => client.query(`create database ${name} template template0`)))
afterAll(() => on(url, (client) => client.query(`drop database if exists ${name} with (force)`)))

describe('the schema', () => {
  it('is what the migrations make of an empty database, and the committed file says so', async () => {
    await migrate(own)
    const now = await on(own, dump)
    if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(FILE, now)
    const committed = await readFile(FILE, 'utf8').catch(() => '')
    expect(now.split('\n'), `The schema is not what sql/schema.txt says. If that is meant: ${HOW}`).toEqual(committed.split('\n'))
  })

  it('is dumped so that a change shows', async () => {
    const before = await on(own, dump)
    const changes = [
      "alter table servers add column colour text not null default 'red'",
      'drop index bots_due',
      'create policy open on people to zaptria_tenant using (true)',
      'grant select on people to zaptria_tenant',
      'alter table people enable row level security',
      'alter table tenants drop constraint tenants_subscription_check',
    ]
    let last = before
    for (const change of changes) {
      await on(own, (client) => client.query(change))
      const next = await on(own, dump)
      expect(next, change).not.toBe(last)
      last = next
    }
  })
})
