import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SnapshotProof } from '@zaptria/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packSession, type Packed } from './archive.ts'

let dir: string
let packed: Packed
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'zaptria-prove-'))
  mkdirSync(join(dir, 'there'))
  writeFileSync(join(dir, 'there', 'device.json'), '{"keys":1}')
  packed = await packSession(join(dir, 'there'), join(dir, 'archive'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** As its own program: what it says on standard output. */
const run = async (engine: 'simulated' | 'wwebjs', sha256 = packed.files[0]?.sha256): Promise<SnapshotProof> => {
  const manifest = {
    format: 1,
    engine,
    bot_version: '1',
    page_version: null,
    browser_version: null,
    number: '5511987654321',
    epoch: 1,
    volume_id: '0190a6f0-0000-7000-8000-000000000009',
    held_ms: 1,
    marks: [],
    files: packed.files.map((file) => ({ ...file, sha256 })),
    archive: packed.archive,
  }
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest))
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../main.ts'), 'prove', dir])
  return SnapshotProof.parse(JSON.parse(stdout))
}

describe('the program that proves a snapshot', () => {
  it('says that it is what its manifest says', async () => {
    expect(await run('simulated')).toEqual({ fault: null, ms: expect.any(Number), bot_version: expect.any(String), browser_version: null })
  })

  it('says what is wrong with its files, or with what a browser makes of them', async () => {
    expect((await run('simulated', 'a'.repeat(64))).fault).toContain('device.json is not what was packed')
    rmSync(join(dir, 'session'), { recursive: true })
    expect((await run('wwebjs')).fault).toBe('it holds no profile of a browser')
    rmSync(join(dir, 'session'), { recursive: true })
    truncateSync(join(dir, 'archive'), 20)
    expect((await run('simulated')).fault).toContain('the snapshot is damaged')
  })

  it('ends with a failure where it could not look', async () => {
    rmSync(join(dir, 'archive'))
    await expect(run('simulated')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') })
  })
})
