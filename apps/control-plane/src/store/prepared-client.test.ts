import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PreparedClient } from './prepared-client.ts'

let database: TestDatabase
let client: PreparedClient
beforeAll(async () => {
  database = await createTestDatabase()
  client = new PreparedClient({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database[Symbol.asyncDispose]()
})

const kept = async (like: string): Promise<string[]> =>
  (await client.query(`select statement from pg_prepared_statements where statement like '%${like}%'`)).rows.map((row) => row.statement)

describe('a connection that keeps statements', () => {
  it('keeps those that are repeated, and those alone', async () => {
    for (let i = 0; i < 20; i++) expect((await client.query('select $1::int + 1 as often', [i])).rows).toEqual([{ often: i + 1 }])
    await client.query('select $1::int as seldom', [1])
    expect(await kept('as often')).toEqual(['select $1::int + 1 as often'])
    expect(await kept('as seldom')).toEqual([])
  })

  it('stops keeping more before the server drowns in them', async () => {
    for (let text = 0; text < 230; text++) for (let i = 0; i < 11; i++) await client.query(`select $1::int as many_${text}`, [i])
    expect((await kept('as many')).length).toBeLessThanOrEqual(200)
    expect((await client.query('select $1::int as many_229', [7])).rows).toEqual([{ many_229: 7 }])
  })

  it('goes on after a table has changed under a kept statement', async () => {
    const other = new PreparedClient({ connectionString: database.url })
    await other.connect()
    try {
      await other.query('create table changing (a int)')
      await other.query('insert into changing values (1)')
      const read = () => other.query('select * from changing where a = $1', [1])
      for (let i = 0; i < 12; i++) await read()
      await other.query('alter table changing add column b int default 2')
      await expect(read()).rejects.toThrow('cached plan')
      expect((await read()).rows).toEqual([{ a: 1, b: 2 }])
      for (let i = 0; i < 12; i++) expect((await read()).rows).toEqual([{ a: 1, b: 2 }])
    } finally {
      await other.end()
    }
  })

  it('passes errors and other forms of asking on', async () => {
    for (let i = 0; i < 12; i++) await expect(client.query('select 1 / $1::int as broken', [0])).rejects.toThrow('division by zero')
    expect((await client.query({ text: 'select $1::int as one', values: [1] })).rows).toEqual([{ one: 1 }])
    expect((await client.query('select 2 as two')).rows).toEqual([{ two: 2 }])
  })
})
