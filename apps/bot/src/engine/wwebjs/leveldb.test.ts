import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { liveTables, mendLogs, missingTables, readLog, writeLog } from './leveldb.ts'

const BLOCK = 32_768
const text = (records: readonly Uint8Array[]): string[] => records.map((record) => Buffer.from(record).toString('latin1'))
/** Records as a page writes them: most small, some longer than a block, and those that end just before one does. */
const record = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: BLOCK - 30, max: 3 * BLOCK }).map((length) => new Uint8Array(length).fill(length % 251)),
)
const records = fc.array(record, { maxLength: 8 })

it('reads and writes as LevelDB does', () => {
  // The MANIFEST of a fresh IndexedDB of Chromium 156.
  const log = Buffer.from('e4d68eee10000101086964625f636d7031020003020400', 'hex')
  expect(text(readLog(log))).toEqual([expect.stringContaining('idb_cmp1')])
  expect(writeLog(readLog(log))).toEqual(log)
})

it('reads back what it writes, over the blocks', () => {
  fc.assert(
    fc.property(records, (all) => {
      expect(text(readLog(writeLog(all)))).toEqual(text(all))
    }),
    { numRuns: 60 },
  )
})

/** What a writer appends who believes to be at this place of a block. */
const writtenFrom = (offset: number, all: readonly Uint8Array[]): Buffer =>
  offset === 0 ? writeLog(all) : writeLog([new Uint8Array(offset - 7), ...all]).subarray(offset)

it('keeps each whole record before a tear and behind it, wherever it is and whatever stands there', () => {
  fc.assert(
    fc.property(records, records, record, fc.nat(), fc.boolean(), (before, behind, torn, at, misaligned) => {
      const first = writeLog(before)
      const one = writeLog([...before, torn]).subarray(first.length)
      const piece = one.subarray(0, at % one.length)
      // A writer that went on after it failed counts what it could not write, one that came later does not.
      const offset = (misaligned ? first.length + one.length : first.length + piece.length) % BLOCK
      fc.pre(offset === 0 || offset >= 7)
      const log = Buffer.concat([first, piece, writtenFrom(offset, behind)])
      expect(text(readLog(log))).toEqual(text([...before, ...behind]))
    }),
    { numRuns: 60 },
  )
})

it('mends the databases of a profile and leaves all else alone', () => {
  const profile = mkdtempSync(join(tmpdir(), 'zaptria-leveldb-'))
  onTestFinished(() => rmSync(profile, { recursive: true }))
  const database = join(profile, 'Default', 'IndexedDB', 'x.leveldb')
  mkdirSync(database, { recursive: true })
  const good = writeLog([Buffer.from('one'), Buffer.from('two')])
  const torn = Buffer.concat([good, writeLog([Buffer.from('three')]).subarray(0, 9)])
  writeFileSync(join(database, 'CURRENT'), 'MANIFEST-000001\n')
  writeFileSync(join(database, 'MANIFEST-000001'), good)
  writeFileSync(join(database, '000003.log'), torn)
  writeFileSync(join(database, '000005.ldb'), 'a table')
  writeFileSync(join(profile, '000003.log'), torn)
  expect(mendLogs(profile)).toEqual([join('Default', 'IndexedDB', 'x.leveldb', '000003.log')])
  expect(readFileSync(join(database, '000003.log'))).toEqual(good)
  expect(readFileSync(join(profile, '000003.log'))).toEqual(torn)
  expect(readdirSync(database).toSorted()).toEqual(['000003.log', '000005.ldb', 'CURRENT', 'MANIFEST-000001'])
  expect(mendLogs(profile)).toEqual([])
})

it('mends a log whose records are all whole, and out of step with the blocks', () => {
  const profile = mkdtempSync(join(tmpdir(), 'zaptria-leveldb-'))
  onTestFinished(() => rmSync(profile, { recursive: true }))
  const all = Array.from({ length: 100 }, (_, i) => new Uint8Array(1_000).fill(i))
  // Nothing of one record of 500 bytes could be written, and its writer counted it.
  const log = Buffer.concat([writeLog([all[0]!]), writtenFrom(1_007 + 507, all.slice(1))])
  writeFileSync(join(profile, 'CURRENT'), 'MANIFEST-000001\n')
  writeFileSync(join(profile, '000003.log'), log)
  expect(mendLogs(profile)).toEqual(['000003.log'])
  expect(readFileSync(join(profile, '000003.log'))).toEqual(writeLog(all))
})

/** The fields of a manifest's record, as LevelDB writes them. */
const edit = {
  comparator: (name: string) => [1, name.length, ...Buffer.from(name)],
  logNumber: (number: number) => [2, ...varint(number)],
  compactPointer: (level: number, key: string) => [5, level, key.length, ...Buffer.from(key)],
  deleted: (level: number, number: number) => [6, level, ...varint(number)],
  table: (level: number, number: number, size: number) => [7, level, ...varint(number), ...varint(size), 1, 97, 2, 122, 122],
}
const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))])

it('knows the tables that a database consists of, after all changes', () => {
  const manifest = [
    [...edit.comparator('idb_cmp1'), ...edit.logNumber(4), ...edit.table(0, 5, 2_200_000)],
    [...edit.compactPointer(1, 'abc'), ...edit.table(1, 300, 17), ...edit.table(1, 7, 900)],
    [...edit.deleted(0, 5), ...edit.table(1, 7, 950)],
  ].map((fields) => Uint8Array.from(fields))
  expect(liveTables(manifest)).toEqual(
    new Map([
      [300, 17],
      [7, 950],
    ]),
  )
  expect(() => liveTables([Uint8Array.from([88, 1])])).toThrow('field 88')
  expect(() => liveTables([Uint8Array.from([2, 200])])).toThrow('ends within a number')
})

it('says which tables of a copied profile are missing, or not of their size', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-leveldb-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const database = join(dir, 'Default', 'IndexedDB', 'x.leveldb')
  mkdirSync(database, { recursive: true })
  writeFileSync(join(database, 'CURRENT'), 'MANIFEST-000002\n')
  const place = (name: string): string => join('Default', 'IndexedDB', 'x.leveldb', name)
  expect(await missingTables(dir)).toEqual([place('MANIFEST-000002')])
  writeFileSync(join(database, 'MANIFEST-000002'), writeLog([Uint8Array.from([...edit.table(0, 5, 10), ...edit.table(0, 6, 20)])]))
  writeFileSync(join(database, '000005.ldb'), Buffer.alloc(10))
  expect(await missingTables(dir)).toEqual([place('000006.ldb')])
  writeFileSync(join(database, '000006.ldb'), Buffer.alloc(19))
  expect(await missingTables(dir)).toEqual([place('000006.ldb')])
  writeFileSync(join(database, '000006.ldb'), Buffer.alloc(20))
  expect(await missingTables(dir)).toEqual([])
})
