import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixture, TEST_MASTER_KEY } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { createSecrets } from './index.ts'
import { loadOrMakeMasterKey } from './master-key.ts'
import { openWith, parseMasterKeys, sealWith } from './seal.ts'

let database: TestDatabase
let f: Fixture
const NEW_KEY = Buffer.alloc(32, 9).toString('hex')
const secretsWith = (keys: string) => createSecrets({ db: f.db, masterKeys: parseMasterKeys(keys) })

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

describe('a bot token', () => {
  it('is the same for the same version, another for another version or tenant, and long enough', async () => {
    const [one, two] = [await f.makeTenant(), await f.makeTenant()]
    const token = await f.secrets.botToken(one.tenantId, 1)
    expect(token).toBe(one.token)
    expect(token).toMatch(/^zbt_[A-Za-z0-9_-]{43}$/)
    expect(new Set([token, await f.secrets.botToken(one.tenantId, 2), await f.secrets.botToken(two.tenantId, 1)]).size).toBe(3)
    expect(f.secrets.tokenMatches(token, f.secrets.hashToken(token))).toBe(true)
    expect(f.secrets.tokenMatches(`${token}x`, f.secrets.hashToken(token))).toBe(false)
  })

  it('outlives the rotation of the master key, after which the old one is not needed', async () => {
    const t = await f.makeTenant()
    await expect(secretsWith(NEW_KEY).botToken(t.tenantId, 1)).rejects.toThrow('is missing: add it to ZAPTRIA_MASTER_KEY')
    expect(await secretsWith(`${NEW_KEY},${TEST_MASTER_KEY}`).botToken(t.tenantId, 1)).toBe(t.token)
    expect(await secretsWith(NEW_KEY).botToken(t.tenantId, 1)).toBe(t.token)
  })

  it('is gone with the tenant’s key', async () => {
    const t = await f.makeTenant()
    await f.db.deleteFrom('tenant_keys').where('tenant_id', '=', t.tenantId).execute()
    await expect(f.secrets.botToken(t.tenantId, 1)).rejects.toThrow('has no key')
  })
})

describe('a sealed value', () => {
  const key = Buffer.alloc(32, 1)
  it('opens with its key in its place, and nowhere else', () => {
    const sealed = sealWith(key, Buffer.from('segredo'), 'server a')
    expect(openWith(key, sealed, 'server a').toString()).toBe('segredo')
    expect(() => openWith(key, sealed, 'server b')).toThrow()
    expect(() => openWith(Buffer.alloc(32, 2), sealed, 'server a')).toThrow()
    for (const at of [0, 13, 29]) {
      const bent = Buffer.from(sealed)
      bent[at]! ^= 1
      expect(() => openWith(key, bent, 'server a')).toThrow()
    }
    expect(f.secrets.open(f.secrets.seal(Buffer.from('x'), 'place'), 'place').toString()).toBe('x')
  })
})

describe('what a tenant’s key sealed', () => {
  it('opens for that tenant in that place, after a rotation of the master key too', async () => {
    const [one, two] = [await f.makeTenant(), await f.makeTenant()]
    const sealed = await f.secrets.sealFor(one.tenantId, Buffer.from('segredo'), 'webhook a')
    expect((await f.secrets.openFor(one.tenantId, sealed, 'webhook a')).toString()).toBe('segredo')
    await expect(f.secrets.openFor(one.tenantId, sealed, 'webhook b')).rejects.toThrow()
    await expect(f.secrets.openFor(two.tenantId, sealed, 'webhook a')).rejects.toThrow()
    const rotated = secretsWith(`${NEW_KEY},${TEST_MASTER_KEY}`)
    expect((await rotated.openFor(one.tenantId, sealed, 'webhook a')).toString()).toBe('segredo')
  })
})

describe('the development machine’s master key', () => {
  it('is made once, for its owner alone, however many start at once', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'zaptria-key-'))
    try {
      const keys = await Promise.all([1, 2, 3].map(() => loadOrMakeMasterKey(path.join(dir, 'deep'))))
      expect(new Set(keys).size).toBe(1)
      expect(() => parseMasterKeys(keys[0]!)).not.toThrow()
      expect((await stat(path.join(dir, 'deep/master.key'))).mode & 0o777).toBe(0o600)
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
