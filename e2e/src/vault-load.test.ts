import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

const run = promisify(execFile)
const SCRIPT = join(import.meta.dirname, '../../deploy/zaptria')

let dir: string
let data: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'zaptria-load-'))
  data = join(dir, 'data')
  mkdirSync(data)
  // The script itself, but for its last line; the data directory is not in a container.
  const script = readFileSync(SCRIPT, 'utf8').replace(/^main "\$@"$/m, '')
  writeFileSync(join(dir, 'zaptria'), `${script}\nin_data() { (cd "${data}" && sh -c "$1"); }\nsetting() { :; }\nvault "$@"\n`)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const FILES: Readonly<Record<string, string>> = {
  'vault/zaptria-files': '',
  'vault/files/0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a01/ab/abc': 'a part of a session'.repeat(5_000),
  'vault/files/0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a01/cd/cde': 'another'.repeat(5_000),
  'vault/backups/20261130T080000Z.000001': 'a backup'.repeat(5_000),
}
const write = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
}
/** As `vault save` writes it. */
const saved = async (): Promise<string> => {
  const elsewhere = join(dir, 'elsewhere')
  write(elsewhere, FILES)
  const file = join(dir, 'vault.tar')
  await run('tar', ['-cf', file, '-C', elsewhere, 'vault'])
  return file
}
const load = (file: string) => run('sh', [join(dir, 'zaptria'), 'load', file])
const there = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => [join(parentPath, name).slice(data.length + 1), readFileSync(join(parentPath, name), 'utf8')]),
  )

it('what a file of "vault save" has is in the vault after "vault load"', async () => {
  const { stdout } = await load(await saved())
  expect(stdout).toContain('vault.tar has is in the vault')
  expect(there()).toEqual(FILES)
  expect(statSync(join(data, 'vault/backups/20261130T080000Z.000001')).mode & 0o777).toBe(0o600)
})

it('a load that was broken off is mended by the next: what it has cut is replaced, what is whole is not touched, and what the file has not stays', async () => {
  const file = await saved()
  await load(file)
  const [cut, empty, whole] = Object.keys(FILES).slice(1) as [string, string, string]
  truncateSync(join(data, cut), 1_000)
  truncateSync(join(data, empty), 0)
  rmSync(join(data, 'vault/zaptria-files'))
  const own = { 'vault/files/0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a02/ef/efg': 'taken since' }
  write(data, own)
  const before = statSync(join(data, whole))
  await load(file)
  expect(there()).toEqual({ ...FILES, ...own })
  expect(statSync(join(data, whole))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
})

it('a file that is cut off changes nothing; one that cannot be written is said', async () => {
  const file = await saved()
  const short = join(dir, 'short.tar')
  writeFileSync(short, readFileSync(file).subarray(0, 40_000))
  await expect(load(short)).rejects.toMatchObject({ stderr: expect.stringContaining('is not whole; nothing was changed') as string })
  expect(there()).toEqual({})
  // A file where a directory has to be: as no rights or no room, it cannot be written.
  writeFileSync(join(data, 'vault'), '')
  await expect(load(file)).rejects.toMatchObject({ stderr: expect.stringContaining('Once more: ./zaptria vault load') as string })
})
