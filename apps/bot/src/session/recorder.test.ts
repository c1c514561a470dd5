import type { BotEventBody } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../outbox/database.ts'
import { createOutbox } from '../outbox/outbox.ts'
import { memoryLog, tempDir } from '../testing/bot.ts'
import { createRecorder } from './recorder.ts'

const message = (n: number, body = 'oi'): BotEventBody => ({
  kind: 'message',
  wa_id: `A${n}`,
  chat_id: '5511988887777@c.us',
  from_me: false,
  sender: '5511988887777@c.us',
  phone: null,
  lid: null,
  body,
  timestamp: 1_790_000_000 + n,
  type: 'chat',
})

const withRecorder = async (work: (given: ReturnType<typeof setup>) => Promise<void>): Promise<void> => {
  await using dir = await tempDir()
  const given = setup(dir.path)
  try {
    await work(given)
  } finally {
    given.recorder.close()
    given.outbox.close()
  }
}
const setup = (path: string) => {
  const db = openDatabase(path)
  const outbox = createOutbox(db, Date.now)
  const disk: [boolean, boolean][] = []
  const invalid: string[] = []
  const recorder = createRecorder({
    outbox,
    epoch: () => 7,
    log: memoryLog().log,
    onDisk: (full, dropped) => disk.push([full, dropped]),
    onInvalid: (kind) => invalid.push(kind),
    retryMs: 20,
    deferMs: 50,
    deferMaxMs: 250,
  })
  const pages = (): number => Number(db.prepare('pragma page_count').get()?.['page_count'])
  return {
    outbox,
    recorder,
    disk,
    invalid,
    fill: () => db.exec(`pragma max_page_count = ${pages() + 1}`),
    empty: () => db.exec('pragma max_page_count = 1000000'),
    stored: () => outbox.events.pending(0, 10_000, 1e9).map(({ body }) => (body.kind === 'message' ? body.wa_id : body.kind)),
  }
}

describe('recorder', () => {
  it('has what one turn brought on disk at the next, in one go', () =>
    withRecorder(async ({ recorder, outbox, stored }) => {
      let commits = 0
      outbox.events.onChange(() => (commits += 1))
      for (let n = 0; n < 100; n += 1) recorder.record(message(n))
      expect(stored()).toEqual([])
      await new Promise(setImmediate)
      expect(stored()).toHaveLength(100)
      expect(commits).toBe(1)
      expect(outbox.events.pending(0, 1, 1e9)[0]?.epoch).toBe(7)
    }))

  it('holds events while the disk is full, and has lost none when it is not any more', () =>
    withRecorder(async ({ recorder, disk, fill, empty, stored, outbox }) => {
      fill()
      for (let n = 0; n < 50; n += 1) recorder.record(message(n, 'x'.repeat(5_000)), { moveWatermark: true })
      recorder.flush()
      expect(recorder.diskFull()).toBe(true)
      expect(stored()).toEqual([])
      expect(outbox.volume.watermarks().size).toBe(0)
      recorder.record(message(50))
      empty()
      await waitFor(() => !recorder.diskFull(), { what: 'the disk' })
      expect(stored()).toEqual(Array.from({ length: 51 }, (_, n) => `A${n}`))
      expect(disk[0]).toEqual([true, false])
      expect(disk.at(-1)).toEqual([false, false])
    }))

  it('says when there was too much to hold, so that it is read again', () =>
    withRecorder(async ({ recorder, disk, fill, empty, stored }) => {
      fill()
      for (let n = 0; n < 6_000; n += 1) recorder.record(message(n, 'x'.repeat(100)))
      recorder.flush()
      empty()
      await waitFor(() => !recorder.diskFull(), { what: 'the disk' })
      expect(stored()).toHaveLength(5_000)
      expect(disk.at(-1)).toEqual([false, true])
    }))

  it('leaves out what is not as the contract says, and counts it', () =>
    withRecorder(async ({ recorder, invalid, stored }) => {
      recorder.record({ kind: 'ack', wa_id: 'A', chat_id: 'no jid', ack: 1 })
      recorder.record(message(1))
      recorder.flush()
      expect(invalid).toEqual(['ack'])
      expect(stored()).toEqual(['A1'])
      await Promise.resolve()
    }))
})
