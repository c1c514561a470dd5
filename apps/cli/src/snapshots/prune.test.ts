import { randomUUID } from 'node:crypto'
import type { PrunedSnapshots, Tenant } from '@zaptria/contract'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openZaptria } from '../testing/zaptria.ts'
import type { Zaptria } from '../testing/zaptria.ts'

let zaptria: Zaptria
let client: pg.Client
beforeAll(async () => {
  zaptria = await openZaptria()
  client = new pg.Client(zaptria.databaseUrl)
  await client.connect()
}, 120_000)
afterAll(async () => {
  await client?.end()
  await zaptria?.[Symbol.asyncDispose]()
})

const has = (text: string): string => expect.stringContaining(text) as string
/** Of a bot of the customer's own: nobody takes others meanwhile. */
const snapshotOf = async (tenant: string, days: number): Promise<string> => {
  const id = randomUUID()
  await client.query(
    `insert into snapshots (id, tenant_id, bot_id, cause, state, asked_at, stored_at)
     select $1, tenant_id, id, 'asked', 'stored', now() - make_interval(days => $3), now() from bots where tenant_id = $2`,
    [id, tenant, days],
  )
  await client.query(
    `insert into snapshot_parts (snapshot_id, nr, tenant_id, sha256, sealed_bytes, size_bytes) values ($1, 0, $2, repeat('a', 64), 1500, 1400)`,
    [id, tenant],
  )
  return id
}

it('shows what is to go, asks, and lets go of it', async () => {
  const { id: tenant } = await zaptria.call<Tenant>('POST', '/tenants', {
    name: 'Padaria da Praça',
    subscription: 'paid',
    transport: 'http',
    public_url: zaptria.shop.url,
  })
  const [kept, gone] = [await snapshotOf(tenant, 1), await snapshotOf(tenant, 2)]
  expect(await zaptria.type(['snapshots', 'prune'])).toMatchObject({ code: 0, out: 'Nothing is to go.\n' })
  const prune = ['snapshots', 'prune', 'praça', '--keep-last', '1']
  const dry = await zaptria.type([...prune, '--dry-run'])
  expect(dry).toMatchObject({ code: 0, out: has('1 snapshot (1.5 kB) would go.\n') })
  expect(dry.out).toMatch(new RegExp(`^${gone} +\\S+Z +1\\.5 kB +newer ones stand for it +Padaria da Praça$`, 'm'))
  expect(dry.out).not.toContain(kept)
  expect(await zaptria.type(prune)).toMatchObject({ code: 1, out: has(gone), err: has('say --yes') })
  expect(await zaptria.type(prune, 'n')).toMatchObject({ code: 1, err: has('Nothing was done') })
  expect((await zaptria.json<PrunedSnapshots>(...prune, '--dry-run')).snapshots.map(({ id }) => id)).toEqual([gone])
  expect(await zaptria.type(prune, 'y')).toMatchObject({ code: 0, out: has('1 snapshot (1.5 kB) pruned.\n') })
  expect(await zaptria.type(prune, 'y')).toMatchObject({ code: 0, out: 'Nothing is to go.\n' })
  expect(await zaptria.type(['snapshots', 'prune', '--keep-last', '0'])).toMatchObject({ code: 2 })
}, 60_000)
