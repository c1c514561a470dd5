import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/*
 * The format: https://github.com/google/leveldb/blob/main/doc/log_format.md. Blocks of 32 KiB; in them fragments of records, each with a
 * header of CRC-32C (masked, over type and data), length (little endian) and type. What is left of a block and too short for a header is zeros.
 */
const BLOCK = 32_768
const HEADER = 7
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4]

const CRC_32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** The checksum of a fragment as it stands in its header. */
const checksum = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = CRC_32C[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  crc = ~crc >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

type Fragment = { type: number; data: Buffer }

/** The whole fragment at this place, if there is one. */
const fragmentAt = (log: Buffer, at: number): Fragment | null => {
  if (at + HEADER > log.length) return null
  const [length, type] = [log.readUInt16LE(at + 4), log[at + 6]!]
  const end = at + HEADER + length
  if (type < FULL || type > LAST || end > log.length) return null
  return checksum(log.subarray(at + 6, end)) === log.readUInt32LE(at) ? { type, data: log.subarray(at + HEADER, end) } : null
}

/** Every whole record of a log, wherever in it it stands. */
export const readLog = (log: Buffer): Buffer[] => {
  const records: Buffer[] = []
  let parts: Buffer[] | null = null
  let at = 0
  while (at < log.length) {
    const fragment = fragmentAt(log, at)
    if (fragment === null) {
      // The rest of a block, or of a fragment whose end could not be written: whoever failed to may have gone on behind it, at any place.
      at++
      continue
    }
    const { type, data } = fragment
    at += HEADER + data.length
    if (type === FULL || type === FIRST) parts = [data]
    else if (parts === null) continue
    else parts.push(data)
    if (type !== FULL && type !== LAST) continue
    records.push(Buffer.concat(parts))
    parts = null
  }
  return records
}

/** The one log of these records that LevelDB writes, and reads without complaint. */
export const writeLog = (records: readonly Uint8Array[]): Buffer => {
  const out: Buffer[] = []
  let at = 0
  const put = (bytes: Uint8Array): void => {
    out.push(Buffer.from(bytes))
    at += bytes.length
  }
  for (const record of records) {
    let rest = record
    let ends = false
    for (let begins = true; !ends; begins = false) {
      const filling = BLOCK - (at % BLOCK)
      if (filling < HEADER) put(new Uint8Array(filling))
      const data = rest.subarray(0, BLOCK - (at % BLOCK) - HEADER)
      rest = rest.subarray(data.length)
      ends = rest.length === 0
      const fragment = Buffer.alloc(HEADER + data.length)
      fragment.writeUInt16LE(data.length, 4)
      fragment[6] = begins ? (ends ? FULL : FIRST) : ends ? LAST : MIDDLE
      fragment.set(data, HEADER)
      fragment.writeUInt32LE(checksum(fragment.subarray(6)), 0)
      put(fragment)
    }
  }
  return Buffer.concat(out)
}

/** On disk under its name, whole, or not at all. */
const replaceFile = (path: string, bytes: Buffer): void => {
  const next = `${path}.mended`
  try {
    writeFileSync(next, bytes, { mode: 0o600, flush: true })
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}

/**
 * Chromium keeps a session in LevelDB databases, and goes on in the log of the last process. Where that one could not finish a record – a full
 * disk, most of all – the next record is written behind the torn one; whoever opens the database after that finds it corrupt, and Chromium
 * makes a new one: the session is gone. So what is torn goes before a browser opens the profile; all that is whole stays. Not while a browser
 * has it open.
 * @returns The logs mended, each relative to the profile. @throws As the file system does, `ENOSPC` above all: nothing has changed then.
 */
export const mendLogs = (profileDir: string): string[] => {
  const mended: string[] = []
  for (const path of readdirSync(profileDir, { recursive: true, encoding: 'utf8' })) {
    if (basename(path) !== 'CURRENT') continue
    const dir = dirname(path)
    for (const name of readdirSync(join(profileDir, dir))) {
      if (!/^(\d+\.log|MANIFEST-\d+)$/.test(name)) continue
      const log = join(dir, name)
      const found = readFileSync(join(profileDir, log))
      // A writer that went on after it failed may be out of step with the blocks though each of its records is whole: so the bytes are compared.
      const whole = writeLog(readLog(found))
      if (whole.equals(found)) continue
      replaceFile(join(profileDir, log), whole)
      mended.push(log)
    }
  }
  return mended
}

/** Of each database below a directory, the tables that its manifest names and that are not there, or not of the size it says. */
export const missingTables = async (dir: string): Promise<string[]> => {
  const missing: string[] = []
  for (const path of await readdir(dir, { recursive: true })) {
    if (basename(path) !== 'CURRENT') continue
    const database = dirname(path)
    const current = readFileSync(join(dir, path), 'utf8').trimEnd()
    const manifest = join(dir, database, current)
    if (!/^MANIFEST-\d+$/.test(current) || !existsSync(manifest)) {
      missing.push(join(database, current || 'MANIFEST'))
      continue
    }
    for (const [number, size] of liveTables(readLog(readFileSync(manifest)))) {
      const name = String(number).padStart(6, '0')
      const found = ['ldb', 'sst'].map((kind) => statSync(join(dir, database, `${name}.${kind}`), { throwIfNoEntry: false })?.size)
      if (!found.includes(size)) missing.push(join(database, `${name}.ldb`))
    }
  }
  return missing
}

/** The fields of a manifest's record: https://github.com/google/leveldb/blob/main/db/version_edit.cc */
const TAG = { comparator: 1, logNumber: 2, nextFile: 3, lastSequence: 4, compactPointer: 5, deletedFile: 6, newFile: 7, prevLogNumber: 9 }

/** Number and size of each table that a database consists of, once all records of its manifest are taken together. */
export const liveTables = (manifest: readonly Uint8Array[]): Map<number, number> => {
  const tables = new Map<number, number>()
  for (const record of manifest) {
    let at = 0
    const varint = (): number => {
      // Numbers and sizes stay far below 2^53.
      let [value, factor] = [0, 1]
      for (;;) {
        const byte = record[at++]
        if (byte === undefined) throw new Error('a LevelDB manifest ends within a number')
        value += (byte & 0x7f) * factor
        if (byte < 0x80) return value
        factor *= 128
      }
    }
    const skipBytes = (): void => {
      const length = varint()
      at += length
    }
    while (at < record.length) {
      const tag = varint()
      if (tag === TAG.comparator) skipBytes()
      else if ([TAG.logNumber, TAG.nextFile, TAG.lastSequence, TAG.prevLogNumber].includes(tag)) varint()
      else if (tag === TAG.compactPointer) {
        varint()
        skipBytes()
      } else if (tag === TAG.deletedFile) {
        varint()
        tables.delete(varint())
      } else if (tag === TAG.newFile) {
        varint()
        const number = varint()
        tables.set(number, varint())
        skipBytes()
        skipBytes()
      } else throw new Error(`a LevelDB manifest has a field ${tag} that is not known here`)
    }
  }
  return tables
}
