import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectHealed, Ledger, readyForTraffic } from './heals.ts'
import { roles } from './processes.ts'
import { openShop, type Shop } from './shop.ts'
import { startDemo, type System } from './system.ts'

type Victim = 'bots' | 'browsers' | 'renderers' | 'controlPlane' | 'postgres'

let system: System
let shop: Shop
let ledger: Ledger

beforeAll(async () => {
  system = await startDemo()
  shop = await openShop(system)
  ledger = new Ledger(shop)
  await readyForTraffic(shop)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 60_000)

describe('a killed part', () => {
  const cases: [Victim, string][] = [
    ['bots', 'the bot'],
    ['browsers', 'its browser'],
    ['renderers', 'its renderer'],
    ['controlPlane', 'the control plane'],
    ['postgres', 'PostgreSQL'],
  ]

  it.each(cases)(
    'kill -9 of %s heals by itself: no new QR, nothing lost, nothing doubled',
    async (victim) => {
      const before = roles(system.pid)[victim][0]
      expect(before, `a running process of ${victim}`).toBeDefined()
      await expectHealed(shop, ledger, { name: victim, hurt: () => void process.kill(before!.pid, 'SIGKILL') })
      expect(roles(system.pid)[victim].map(({ pid }) => pid)).not.toContain(before!.pid)
    },
    180_000,
  )
})
