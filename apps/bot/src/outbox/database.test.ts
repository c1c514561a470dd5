import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tempDir } from '../testing/bot.ts'
import { isDiskFull, openDatabase, transaction, VolumeLockedError, waitForDatabase } from './database.ts'

let dir: Awaited<ReturnType<typeof tempDir>>
beforeEach(async () => {
  dir = await tempDir()
})
afterEach(() => dir[Symbol.asyncDispose]())

/** A process of its own that holds the volume. */
const holder = async (path: string) => {
  const script = `import { openDatabase } from ${JSON.stringify(new URL('database.ts', import.meta.url).href)}
    openDatabase(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  return {
    kill: async (): Promise<void> => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

describe('the volume’s lock', () => {
  it('keeps a second process out, says so, and is free when its holder was killed', async () => {
    const other = await holder(dir.path)
    try {
      expect(() => openDatabase(dir.path)).toThrow(VolumeLockedError)
      expect(() => openDatabase(dir.path)).toThrow(/in use by another process/)
    } finally {
      await other.kill()
    }
    openDatabase(dir.path).close()
  })

  it('is waited for, and given up on', async () => {
    const other = await holder(dir.path)
    let waits = 0
    const wait = (patienceMs: number, signal = new AbortController().signal) =>
      waitForDatabase(dir.path, { patienceMs, signal, onWait: () => (waits += 1) })
    try {
      await expect(wait(300)).rejects.toThrow(VolumeLockedError)
      const stop = new AbortController()
      const stopped = wait(60_000, stop.signal)
      stop.abort()
      await expect(stopped).rejects.toThrow(/abort/)
      const patient = wait(30_000)
      await waitFor(() => waits === 3, { what: 'the third wait' })
      await other.kill()
      ;(await patient).close()
    } finally {
      await other.kill()
    }
  })

  it('holds within one process as well', () => {
    using first = openDatabase(dir.path)
    expect(() => openDatabase(dir.path)).toThrow(VolumeLockedError)
    expect(first.isOpen).toBe(true)
  })
})

describe('the volume’s database', () => {
  it('syncs every commit and is private to its owner', () => {
    using db = openDatabase(dir.path)
    expect(db.prepare('pragma synchronous').get()).toEqual({ synchronous: 2 })
    expect(db.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(readdirSync(dir.path)).toContain('outbox.db')
  })

  it('puts a damaged file beside and begins a fresh one', () => {
    writeFileSync(join(dir.path, 'outbox.db'), 'this was a database once, before the disk lied. '.repeat(500))
    const kept: string[] = []
    using db = openDatabase(dir.path, (as) => kept.push(as))
    expect(db.prepare('select count(*) as n from events').get()).toEqual({ n: 0 })
    expect(kept).toEqual([expect.stringMatching(/outbox\.db\.damaged-\d+$/)])
    expect(existsSync(kept[0] ?? '')).toBe(true)
  })

  it('refuses a volume that a newer version wrote', () => {
    {
      using db = openDatabase(dir.path)
      db.exec('pragma user_version = 99')
    }
    expect(() => openDatabase(dir.path)).toThrow(/newer version/)
  })

  it('knows a full disk when it meets one, and is as before then', () => {
    using db = openDatabase(dir.path)
    const pages = Number(db.prepare('pragma page_count').get()?.['page_count'])
    db.exec(`pragma max_page_count = ${pages + 2}`)
    const fill = () =>
      transaction(db, () => {
        for (let n = 0; n < 100; n += 1) db.prepare('insert into meta values (?, ?)').run(`k${n}`, 'x'.repeat(1_000))
      })
    let caught: unknown
    try {
      fill()
    } catch (error) {
      caught = error
    }
    expect(isDiskFull(caught)).toBe(true)
    expect(isDiskFull(new Error('something else'))).toBe(false)
    expect(db.prepare('select count(*) as n from meta').get()).toEqual({ n: 0 })
    db.exec('pragma max_page_count = 1000000')
    fill()
    expect(db.prepare('select count(*) as n from meta').get()).toEqual({ n: 100 })
  })
})
