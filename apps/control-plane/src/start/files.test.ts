import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { startS3 } from '@zaptria/lab/testing'
import { openVaultFiles } from './files.ts'

it('a vault that moves to a bucket says that backups stay, for as long as there are any', async () => {
  const s3 = await startS3()
  const dataDir = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  const dir = path.join(dataDir, 'old')
  mkdirSync(path.join(dir, 'backups'), { recursive: true })
  const said: string[] = []
  const log = pino({}, { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) })
  const settings = { ...s3.credentials, endpoint: s3.endpoint, bucket: s3.bucket, prefix: 'vault', pathStyle: true }
  const vault = await openVaultFiles({ vault: { dir, s3: settings, quotaBytes: undefined }, dataDir }, log)
  onTestFinished(async () => {
    await vault.close()
    await s3.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  writeFileSync(path.join(dir, 'backups', '20261130T050000Z-1a2b3c4d.json'), '{}')
  await vault.move!()
  expect(said.pop()).toContain('backups stay in the directory: ZAPTRIA_VAULT_DIR is needed')
  rmSync(path.join(dir, 'backups'), { recursive: true })
  await vault.move!()
  expect(said.pop()).toContain('ZAPTRIA_VAULT_DIR is not needed any more')
})

it.each([
  ['is made at the first start', false],
  ['is not made anew when the database knows of snapshots that must be there, and messages go on', true],
])('a vault in a directory %s', async (_, isExpected) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const said: string[] = []
  const log = pino({}, { write: (line: string) => void said.push(line) })
  const dir = path.join(dataDir, 'vault')
  const vault = await openVaultFiles({ vault: { dir, s3: undefined, quotaBytes: undefined }, dataDir }, log, { isExpected })
  expect(existsSync(path.join(dir, 'zaptria-files'))).toBe(!isExpected)
  expect(said.length).toBe(isExpected ? 1 : 0)
  if (isExpected) expect(said[0]).toMatch(/the directory for snapshots cannot be used: messages go on.*/)
  const bytes = (async function* () {
    yield await Promise.resolve(Buffer.from('{}'))
  })()
  const put = vault.objects('backups').put('a.json', bytes, { maxBytes: 10 })
  if (isExpected) await expect(put).rejects.toThrow(`the directory ${dir} is not there`)
  else expect(await put).toMatchObject({ sizeBytes: 2 })
})

it('a vault that is only looked into is not made', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const dir = path.join(dataDir, 'vault')
  const settings = { vault: { dir, s3: undefined, quotaBytes: undefined }, dataDir }
  const vault = await openVaultFiles(settings, pino({ level: 'silent' }), { isLook: true })
  for await (const { name } of vault.objects('backups').list()) expect.unreachable(name)
  expect(existsSync(dir)).toBe(false)
})
