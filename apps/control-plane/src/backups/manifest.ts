import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Backup, BackupId } from '@zaptria/contract'
import { z } from 'zod'
import type { MasterKeys } from '../secrets/seal.ts'
import { BackupDamagedError } from './errors.ts'

/** Objects of a backup: `<id>.json`, and the parts `<id>.000000`, `<id>.000001`, … */
export const manifestName = (id: string): string => `${id}.json`
export const partName = (id: string, nr: number): string => `${id}.${String(nr).padStart(6, '0')}`

/** Of which backup an object is, and whether it is the one that makes it whole; null when it is none of ours. */
export function readName(name: string): { id: string; manifest: boolean } | null {
  const [, id, kind] = /^(.+)\.(json|\d{6})$/.exec(name) ?? []
  return id !== undefined && BackupId.safeParse(id).success ? { id, manifest: kind === 'json' } : null
}

export const newId = (now: Date): string => `${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`

/** More is no manifest: 100 bytes a part. */
export const MANIFEST_BYTES = 16 * 1024 * 1024

const Written = z.object({ backup: z.unknown(), mac: z.string() })
const macOf = (key: Buffer, backup: unknown): string => createHmac('sha256', key).update(JSON.stringify(backup)).digest('hex')

/** A manifest is no secret, but nobody else may write one. */
export function writeManifest(backup: Backup, keys: MasterKeys): Buffer {
  return Buffer.from(`${JSON.stringify({ backup, mac: macOf(keys.current.key, backup) })}\n`)
}

/** Of another master key than those that are given it is believed until it is opened: which one is missing is to be told. */
export function readManifest(id: string, bytes: Buffer, keys: MasterKeys): Backup {
  const { backup, mac } = parse(id, bytes)
  const read = Backup.safeParse(backup)
  if (!read.success || read.data.id !== id) throw new BackupDamagedError(id, 'its manifest does not say what it should')
  const key = keys.byId.get(read.data.key_id)
  if (key === undefined) return read.data
  const expected = Buffer.from(macOf(key, backup))
  const given = Buffer.from(mac)
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new BackupDamagedError(id, 'its manifest is not the one that was written')
  return read.data
}

function parse(id: string, bytes: Buffer): z.infer<typeof Written> {
  try {
    return Written.parse(JSON.parse(bytes.toString()))
  } catch (cause) {
    throw new BackupDamagedError(id, 'its manifest cannot be read', { cause })
  }
}
