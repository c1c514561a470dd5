import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { expect, it, onTestFinished } from 'vitest'
import { createVolumeUsage, diskUsage } from './volume-usage.ts'

it('a volume is what its files take on the disk, links not followed, and is counted again', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-usage-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const empty = await diskUsage(dir)
  mkdirSync(join(dir, 'a'))
  writeFileSync(join(dir, 'a', 'file'), Buffer.alloc(1_000_000, 1))
  symlinkSync('/usr', join(dir, 'link'))
  const used = (await diskUsage(dir)) - empty
  expect(used).toBeGreaterThanOrEqual(1_000_000)
  expect(used).toBeLessThan(1_100_000)

  const usage = createVolumeUsage(dir, 1, 5)
  onTestFinished(() => usage.close())
  await waitFor(() => (usage.bytes() ?? 0) >= 1_000_000, { what: 'the first count' })
  rmSync(join(dir, 'a'), { recursive: true })
  await waitFor(() => usage.bytes()! < 500_000, { what: 'another count' })
  expect(await diskUsage(join(dir, 'not there'))).toBe(0)
})
