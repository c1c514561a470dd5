import path from 'node:path'
import { text } from 'node:stream/consumers'
import { BackupRequest } from '@zaptria/contract'
import type { Backup, BackupList, BackupLook, BackupProblem } from '@zaptria/contract'
import { pino } from 'pino'
import { readConfig } from '../config.ts'
import type { Config } from '../config.ts'
import { FileAwayError } from '../files/port.ts'
import { readMasterKey } from '../secrets/master-key.ts'
import { parseMasterKeys } from '../secrets/seal.ts'
import type { MasterKeys } from '../secrets/seal.ts'
import { openVaultFiles } from '../start/files.ts'
import { pgPlace } from '../start/pg-place.ts'
import { createDatabase } from '../store/db.ts'
import { hasSnapshots } from '../store/snapshots.ts'
import type { Archive } from './archive.ts'
import { createArchive } from './archive.ts'
import { BACKUPS_FOLDER } from './folder.ts'
import { lookInto } from './database.ts'
import { BackupError } from './errors.ts'
import { restoreBackup } from './restore.ts'
import { takeBackup } from './take.ts'

/** Nobody connects to it: what needs a database says which. */
const NO_DATABASE = 'postgresql:///no-database'

/** What the `zaptria backup …` commands ask (BackupRequest), with the settings of the control plane, which need not run. Ends with an exit code. */
export async function backupProgram(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  try {
    const request = BackupRequest.parse(JSON.parse(await text(process.stdin)))
    const config = readConfig({ ...env, DATABASE_URL: env['DATABASE_URL'] ?? NO_DATABASE })
    process.stdout.write(`${JSON.stringify(await answer(request, config, signal))}\n`)
    return 0
  } catch (error) {
    const problem: BackupProblem = {
      error: error instanceof Error ? error.message : String(error),
      ...(error instanceof BackupError && error.hint !== undefined ? { hint: error.hint } : {}),
      ...(error instanceof FileAwayError ? { hint: 'Try again when the store answers: nothing was changed.' } : {}),
    }
    process.stdout.write(`${JSON.stringify(problem)}\n`)
    return 1
  }
}

async function answer(request: BackupRequest, config: Config, signal: AbortSignal): Promise<Backup | BackupList | BackupLook> {
  // Standard output is the answer's.
  const log = pino({ level: 'warn', base: null }, pino.destination(2))
  const vault = await openVaultFiles(config, log, request.do === 'take' ? { isExpected: await knowsSnapshots(config) } : { isLook: true })
  try {
    const archive = createArchive(vault.objects(BACKUPS_FOLDER), await masterKeysOf(config))
    const tools = pgPlace(config)
    switch (request.do) {
      case 'list':
        return { where: archive.where, ...(await archive.list()) }
      case 'take': {
        const deps = { databaseUrl: databaseOf(config, undefined, 'Which one is it to be of?'), archive, tools, now: new Date(), signal }
        const backup = await takeBackup(deps)
        if (backup === null) throw new BackupError('A backup is being taken already.', 'It will be in: zaptria backup list')
        return backup
      }
      case 'verify': {
        const backup = await find(archive, request.backup)
        await archive.verify(backup)
        return backup
      }
      case 'look': {
        const backup = await find(archive, request.backup)
        return { backup, target: (await lookInto(databaseOf(config, request.into, 'Where is it to go?'))).target }
      }
      case 'restore': {
        const backup = await find(archive, request.backup)
        const into = databaseOf(config, request.into, 'Where is it to go?')
        await restoreBackup(backup, { archive, tools, into, replace: request.replace, signal })
        return backup
      }
      default:
        return request satisfies never
    }
  } finally {
    await vault.close()
  }
}

/** A database that cannot be asked is told of by what asks it next. */
async function knowsSnapshots({ databaseUrl }: Config): Promise<boolean> {
  if (databaseUrl === NO_DATABASE) return false
  const { db, close } = createDatabase(databaseUrl, { max: 1, onError: () => {} })
  try {
    return await hasSnapshots(db).catch(() => false)
  } finally {
    await close()
  }
}

async function find(archive: Archive, said: string): Promise<Backup> {
  const { items, damaged } = await archive.list()
  const found = said === 'latest' ? items[0] : items.find(({ id }) => id === said)
  if (found !== undefined) return found
  if (damaged.includes(said))
    throw new BackupError(`The manifest of the backup ${said} is damaged.`, 'Take another one: zaptria backup list')
  throw new BackupError(
    said === 'latest' ? `There is no backup in ${archive.where}.` : `There is no backup ${said} in ${archive.where}.`,
    said === 'latest'
      ? 'Is it where the control plane keeps its vault? The settings are ZAPTRIA_DATA_DIR, ZAPTRIA_VAULT_DIR and ZAPTRIA_VAULT_S3_*.'
      : 'Those that there are: zaptria backup list',
  )
}

function databaseOf({ databaseUrl }: Config, said: string | undefined, question: string): string {
  const url = said ?? databaseUrl
  if (url === NO_DATABASE)
    throw new BackupError(`No database is named. ${question}`, 'Set DATABASE_URL, or for a restore say --into postgresql://…')
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new BackupError('That is no address of a database.', 'It is like postgresql://user:password@host:5432/name')
  return url
}

async function masterKeysOf(config: Config): Promise<MasterKeys> {
  const found = config.masterKey ?? (await readMasterKey(config.dataDir))
  if (found !== null) return parseMasterKeys(found)
  throw new BackupError(
    `There is no master key: neither ZAPTRIA_MASTER_KEY nor ${path.join(config.dataDir, 'master.key')}.`,
    'Give the one with which the backups were sealed. Without it none of them can be opened.',
  )
}
