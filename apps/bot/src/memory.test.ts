import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { containerMemory } from './memory.ts'

const given = (files: Record<string, string>): string => {
  const root = mkdtempSync(join(tmpdir(), 'zaptria-cgroup-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

it.each<[string, Record<string, string>, { used: number; limit: number } | null]>([
  [
    'version 2',
    { 'memory.current': '400\n', 'memory.max': '512\n', 'memory.stat': 'anon 1\ninactive_file 100\nactive_file 7\n' },
    { used: 300, limit: 512 },
  ],
  [
    'version 1, where the children count',
    {
      'memory/memory.usage_in_bytes': '400\n',
      'memory/memory.limit_in_bytes': '512\n',
      'memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 150\n',
    },
    { used: 250, limit: 512 },
  ],
  ['version 2 without a limit', { 'memory.current': '400', 'memory.max': 'max\n', 'memory.stat': '' }, null],
  [
    'version 1 without a limit',
    { 'memory/memory.usage_in_bytes': '4', 'memory/memory.limit_in_bytes': '9223372036854771712\n', 'memory/memory.stat': '' },
    null,
  ],
  ['no cgroups', {}, null],
])('memory by cgroup, %s', async (_what, files, expected) => {
  expect(await containerMemory(given(files))).toEqual(expected)
})
