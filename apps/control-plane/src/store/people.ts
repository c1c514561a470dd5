import { randomBytes } from 'node:crypto'
import type { Generated, Kysely } from 'kysely'
import { sql } from 'kysely'
import { hashToken } from '../secrets/index.ts'
import type { Db } from './db.ts'
import type { Tables, Trx } from './tables.ts'

export type PersonRole = 'operator' | 'tenant'

/** What this module reads and writes of store/sql's people_* tables; the rest of their columns is better-auth's alone. */
type PeopleTables = {
  people: { id: string; email: string; name: string; role: Generated<PersonRole>; tenant_id: string | null; created_at: Generated<Date> }
  sign_in_links: { hash: Buffer; person_id: string; expires_at: Date; used_at: Date | null; created_at: Generated<Date> }
}

const withPeople = (db: Db): Kysely<Tables & PeopleTables> => db.withTables<PeopleTables>()

export async function findOperator(db: Db): Promise<{ id: string; email: string } | undefined> {
  return withPeople(db)
    .selectFrom('people')
    .select(['id', 'email'])
    .where('role', '=', 'operator')
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
}

export async function findPersonId(on: Trx, email: string): Promise<string | undefined> {
  const people = on.withTables<PeopleTables>().selectFrom('people').select('id')
  return (await people.where('email', '=', email.trim().toLowerCase()).executeTakeFirst())?.id
}

/** A link's token, good for one sign-in within `minutes`. Only its hash is kept. */
export async function insertSignInLink(db: Db, personId: string, minutes: number): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await sql`insert into sign_in_links (hash, person_id, expires_at)
    values (${hashToken(token)}, ${personId}, now() + make_interval(mins => ${minutes}))`.execute(db)
  return token
}

/** Uses the link up; one caller of several at once gets it. Undefined: unknown, used or too old. */
export async function consumeSignInLink(db: Db, token: string): Promise<{ personId: string } | undefined> {
  const row = await withPeople(db)
    .updateTable('sign_in_links')
    .set({ used_at: sql<Date>`now()` })
    .where('hash', '=', hashToken(token))
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('person_id')
    .executeTakeFirst()
  return row === undefined ? undefined : { personId: row.person_id }
}
