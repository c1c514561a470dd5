import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { VolumeId, type SnapshotOffer } from '@zaptria/contract'

/** A message from the future must not keep its chat from being caught up. */
const WATERMARK_AHEAD_S = 60

/** What the volume knows of itself: its name, its grants, its pairing, how far each chat was read. */
export const createVolume = (db: DatabaseSync, nowMs: () => number, wallMs: () => number) => {
  const read = db.prepare('select value from meta where key = ?')
  const write = db.prepare('insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value')
  const erase = db.prepare('delete from meta where key = ?')
  const allMarks = db.prepare('select chat, at from watermarks')
  const raise = db.prepare('insert into watermarks (chat, at) values (?, ?) on conflict (chat) do update set at = max(at, excluded.at)')
  const clearMarks = db.prepare('delete from watermarks')

  const get = (key: string): string | null => {
    const value = read.get(key)?.['value']
    return value === undefined ? null : String(value)
  }
  const set = (key: string, value: string): void => void write.run(key, value)
  const number = (key: string): number => Number(get(key) ?? 0)

  if (get('volume_id') === null) set('volume_id', randomUUID())
  const id = VolumeId.parse(get('volume_id'))
  /** To be compared with WhatsApp's times. */
  const nowS = (): number => Math.floor(wallMs() / 1000)

  return {
    id,
    get,
    set,
    erase: (key: string): void => void erase.run(key),
    /** The last grant's epoch that this volume ran under; 0 = none. */
    epoch: (): number => number('epoch'),
    noteGrant(epoch: number): void {
      if (epoch !== number('epoch')) set('epoch', String(epoch))
      if (get('first_epoch') !== null) return
      set('first_epoch', String(epoch))
      set('first_granted_at', String(nowMs()))
    },
    /**
     * True when a message could have been tried on an earlier volume of this bot, so that finding no trace of it here proves nothing.
     * After two days every message of that time has expired.
     */
    mayHavePredecessor: (): boolean => number('first_epoch') > 1 && nowMs() - number('first_granted_at') < 2 * 24 * 3600_000,
    /** Counts pairings: a key that was tried under another one cannot be settled. */
    pairing: (): number => number('pairing'),
    /** A QR or code is shown: the next link is a new pairing. */
    noteUnpaired(): void {
      if (get('unpaired') === null) set('unpaired', '1')
    },
    /** The link came about: catching up starts here, unless the same account comes back. */
    noteScanned(): void {
      if (get('unpaired') === null) return
      erase.run('unpaired')
      set('pairing', String(number('pairing') + 1))
      set('paired_at', String(nowS()))
    },
    /** The account is known. A new account starts at its pairing; one that was linked before goes on where it was. */
    noteConnected(account: string | null): void {
      const before = get('account')
      const pairedAt = get('paired_at')
      if (get('floor') === null) set('floor', pairedAt ?? String(nowS()))
      if (account === null) return
      if (pairedAt !== null && before !== null && account !== before) {
        clearMarks.run()
        set('floor', pairedAt)
      }
      erase.run('paired_at')
      set('account', account)
    },
    /** An account was linked here, now or once. */
    everLinked: (): boolean => get('account') !== null || number('pairing') > 0,
    /** A session was put in place. Where none was linked before, what was written since the copy is read. */
    noteRestored({ number: account, taken_at: takenAt, wish }: SnapshotOffer): void {
      if (get('account') === null && number('pairing') === 0) set('floor', String(takenAt))
      if (wish !== undefined) set('wish', wish)
      set('account', account)
      erase.run('unpaired')
    },
    /** The last wish of people's that was fulfilled here: a session that took the place of another. */
    wish: (): string | null => get('wish'),
    /** Unix seconds: from here on a chat without a watermark is read. */
    floor: (): number => number('floor'),
    watermarks: (): Map<string, number> => new Map(allMarks.all().map((row) => [String(row['chat']), Number(row['at'])])),
    raiseWatermark: (chat: string, at: number): void => void raise.run(chat, Math.min(at, nowS() + WATERMARK_AHEAD_S)),
  }
}
export type Volume = ReturnType<typeof createVolume>
