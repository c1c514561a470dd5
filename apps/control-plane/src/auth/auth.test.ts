import { createTestDatabase } from '@zaptria/lab/testing'
import { getMigrations } from 'better-auth/db/migration'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { createDatabase } from '../store/db.ts'
import { authOptions, createAuth } from './auth.ts'

describe('people', () => {
  it('lie in tables as better-auth wants them, without its own migrations', async () => {
    await using database = await createTestDatabase()
    const { db, close } = createDatabase(database.url, { max: 2 })
    try {
      const { toBeCreated, toBeAdded, schemaProblems } = await getMigrations(authOptions(db, 'x'.repeat(32), true))
      expect([toBeCreated, toBeAdded, schemaProblems]).toEqual([[], [], []])
    } finally {
      await close()
    }
  })

  it('and their sessions are out of tenants’ reach', async () => {
    await using database = await createTestDatabase()
    const { db, close } = createDatabase(database.url, { max: 2 })
    try {
      for (const table of [
        'people',
        'people_sessions',
        'people_accounts',
        'people_verifications',
        'sign_in_links',
        'api_keys',
        'idempotency_keys',
      ]) {
        const read = db.transaction().execute(async (trx) => {
          await sql`set local role zaptria_tenant`.execute(trx)
          await sql`select * from ${sql.table(table)}`.execute(trx)
        })
        await expect(read, table).rejects.toThrow(/permission denied/)
      }
    } finally {
      await close()
    }
  })

  it('are one operator when several replicas start at once; the password is random unless given', async () => {
    await using database = await createTestDatabase()
    const { db, close } = createDatabase(database.url)
    try {
      const auth = createAuth({ db, masterKey: Buffer.alloc(32, 1), secureCookies: true })
      const all = await Promise.all(Array.from({ length: 5 }, () => auth.ensureOperator({ email: 'Dona@Example.com' })))
      expect(new Set(all.map((each) => each.id)).size).toBe(1)
      expect(all.filter((each) => each.made)).toHaveLength(1)
      expect(all[0]!.email).toBe('dona@example.com')
      for (const password of ['', 'password', 'undefined'])
        await expect(auth.signIn({ email: 'dona@example.com', password }, new Headers())).rejects.toMatchObject({ code: 'unauthorized' })
      const token = new URL(await auth.createSignInLink('https://zap.example.com')).searchParams.get('token')!
      const { person, cookies } = await auth.signInByLink(token, new Headers())
      expect(person).toMatchObject({ email: 'dona@example.com', role: 'operator', tenantId: null })
      expect(cookies.join()).toMatch(/^__Secure-zaptria\.session_token=.*; Secure/)
    } finally {
      await close()
    }
  })
})
