import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSteadyClock, thisMachine } from './clock.ts'
import { openDatabase } from './database.ts'

const DAY = 24 * 3600_000
let dir: ReturnType<typeof mkdtempDisposableSync>
let db: ReturnType<typeof openDatabase>
let [wall, up] = [0, 0]
const machine = { bootId: 'first', upMs: () => up }
const start = (bootId: string | null = 'first') => createSteadyClock(db, () => wall, { ...machine, bootId })
const pass = (ms: number) => {
  wall += ms
  up += ms
}

beforeEach(() => {
  dir = mkdtempDisposableSync(join(tmpdir(), 'zaptria-clock-'))
  db = openDatabase(dir.path)
  wall = 1_000 * DAY
  up = 5_000
})
afterEach(() => {
  db.close()
  dir.remove()
})

describe('the steady clock', () => {
  it('begins as the wall clock, and does not heed what is done to it', () => {
    const now = start()
    expect(now()).toBe(1_000 * DAY)
    pass(1_500)
    wall += DAY
    expect(now()).toBe(1_000 * DAY + 1_500)
    wall -= 3 * DAY
    expect(now()).toBe(1_000 * DAY + 1_500)
  })

  it('goes on across restarts, whatever was done to the wall clock meanwhile', () => {
    start()
    pass(60_000)
    wall -= DAY
    const again = start()
    expect(again()).toBe(1_000 * DAY + 60_000)
    pass(10)
    expect(start()()).toBe(1_000 * DAY + 60_010)
  })

  it('begins anew when the machine was booted or is another one, and when that cannot be told', () => {
    start()
    wall += 2 * DAY
    up = 100
    expect(start('second')()).toBe(1_002 * DAY)
    pass(50)
    wall += DAY
    expect(start('second')()).toBe(1_002 * DAY + 50)
    expect(start(null)()).toBe(1_003 * DAY + 50)
  })

  it('knows this machine', () => {
    const here = thisMachine()
    expect(here.upMs()).toBeGreaterThan(0)
    expect(here.bootId === null || here.bootId.length === 36).toBe(true)
  })
})
