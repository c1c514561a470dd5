import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { createRoom } from './room.ts'
import { startTestBot, tempDir, TENANT, TOKEN } from './testing/bot.ts'
import { startDashboard } from './testing/dashboard.ts'
import { createFakeWhatsApp } from './testing/fake-whatsapp.ts'

const MB = 1024 * 1024

describe('room on a volume', () => {
  const setup = (limitBytes: number | null) => {
    let [counted, database, outbox] = [null as number | null, 0, 0]
    const told: number[] = []
    const room = createRoom({
      dataDir: '/tmp',
      limitBytes,
      usage: { bytes: () => counted, databaseBytes: () => database, close: () => {} },
      outboxBytes: () => outbox,
      onNearlyFull: (used) => told.push(Math.round(used / MB)),
    })
    const be = (o: { counted?: number; database?: number; outbox?: number }): void => {
      counted = o.counted === undefined ? counted : o.counted * MB
      database = o.database === undefined ? database : o.database * MB
      outbox = o.outbox === undefined ? outbox : o.outbox * MB
    }
    return { room, be, told }
  }

  it('is what the limit leaves, with the outbox as it is now', () => {
    const { room, be } = setup(100 * MB)
    be({ outbox: 5 })
    expect([room.used(), room.free()]).toEqual([null, 95 * MB])
    be({ counted: 60, database: 20 })
    expect([room.used(), room.free()]).toEqual([45 * MB, 55 * MB])
    be({ outbox: 90 })
    expect(room.free()).toBe(0)
  })

  it('is the disk’s, without a limit or where that is less', () => {
    const disk = setup(null).room.free()
    expect(disk).toBeGreaterThan(0)
    expect(setup(disk * 10).room.free() / disk).toBeCloseTo(1, 1)
  })

  it('is told of once when it becomes little, and again after it was more', () => {
    const { room, be, told } = setup(100 * MB)
    const at = (outbox: number): void => {
      be({ outbox })
      room.free()
    }
    be({ counted: 0 })
    for (const outbox of [79, 81, 90, 75, 85, 60, 82]) at(outbox)
    expect(told).toEqual([81, 82])
  })
})

const LIMIT = 100 * MB

describe('a bot whose events are taken by nobody', () => {
  it('closes its session at the volume’s limit, says so, and goes on when there is room: nothing is lost, and nothing grows', async () => {
    await using dir = await tempDir()
    const dashboard = await startDashboard({ token: TOKEN, tenantId: TENANT })
    const whatsapp = createFakeWhatsApp()
    const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 20_000 })
    try {
      await using bot = await startTestBot({
        dir: dir.path,
        engine: whatsapp.factory,
        environment: { DASHBOARD_URL: dashboard.url },
        volumeLimitBytes: LIMIT,
      })
      await until('a QR', () => dashboard.taken('qr').length > 0)
      whatsapp.engine().scan()
      await until('connected', () => dashboard.taken('status').at(-1)?.['status'] === 'connected')
      await until('caught up', () => bot.logs().includes('caught up'))
      dashboard.state.answer = () => 503
      let said = 0
      const open = (): boolean => whatsapp.engines.some((engine) => !engine.closed)
      while (open() && said < 3_000) {
        for (let nr = 0; nr < 20; nr++) whatsapp.say({ body: `${said++} ${'x'.repeat(60_000)}` })
        await new Promise((resolve) => void setTimeout(resolve, 10))
      }
      await until('the session to be closed', () => !open())
      const metrics = await (await fetch(`${bot.url}/metrics`)).text()
      expect(Number(/^zaptria_bot_volume_bytes (\S+)$/m.exec(metrics)?.[1])).toBeLessThan(LIMIT)
      expect(metrics).toContain(`zaptria_bot_volume_limit_bytes ${LIMIT}`)
      expect(bot.logs()).toContain('the volume is nearly full')
      expect(bot.logs()).toMatch(/"reason":"disk_full"/)
      dashboard.state.answer = null
      await until('connected again', () => open() && dashboard.taken('status').at(-1)?.['status'] === 'connected')
      await until('all messages', () => dashboard.taken('incoming').length >= said)
      const numbers = dashboard.taken('incoming').map(({ body }) => Number(String(body).split(' ')[0]))
      expect(new Set(numbers).size).toBe(said)
    } finally {
      await dashboard.stop()
    }
  }, 60_000)
})
