import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of the test run's PostgreSQL, and the name of the migrated template in it. */
    postgres: { url: string; template: string }
  }
}

export type TestDatabase = {
  readonly url: string
  [Symbol.asyncDispose](): Promise<void>
}

/** A fresh, migrated database of its own on the test run's PostgreSQL: `await using database = await createTestDatabase()`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template } = inject('postgres')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await admin(url, `create database ${name} template ${template}`)
  return {
    url: Object.assign(new URL(url), { pathname: `/${name}` }).toString(),
    [Symbol.asyncDispose]: () => admin(url, `drop database if exists ${name} with (force)`),
  }
}

async function admin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
