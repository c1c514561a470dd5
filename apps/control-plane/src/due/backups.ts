import type { Backup } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Archive } from '../backups/archive.ts'
import { BackupError } from '../backups/errors.ts'
import { takeBackup } from '../backups/take.ts'
import type { PgPlace } from '../backups/tools.ts'
import type { Hints } from '../live/hints.ts'
import type { Metrics } from '../metrics.ts'
import { openAlertKinds, raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Db } from '../store/db.ts'
import { outlived } from './keep.ts'

/** The operator's night. */
const ZONE = 'America/Sao_Paulo'
const AGAIN_MS = 3_600_000
/** One that takes longer hangs. */
const MOST_MS = 6 * 3_600_000
const OVERDUE_MS = 48 * 3_600_000
/** Of what there is one of: alerts have a subject. */
const SUBJECT = 'database'

export type BackupDeps = {
  db: Db
  databaseUrl: string
  archive: Archive
  tools: PgPlace
  /** Of the day, in São Paulo; undefined: none are taken, and none is missed. */
  hour: number | undefined
  hints: Pick<Hints, 'changed'>
  metrics: Pick<Metrics, 'backupAge' | 'backupBytes' | 'backupSeconds'>
  log: Logger
  signal: AbortSignal
  /** For tests: how long one may take. */
  mostMs?: number
}

export type BackupPass = (now: Date) => Promise<'done'>

/**
 * One pass of the database's backups: takes the day's when its hour has come, or as soon as it can after that, lets go of those that need not stay, and says
 * when there was none for two days. Any number of replicas may run it; one takes it. One that failed is tried again an hour later.
 */
export function createBackupPass(deps: BackupDeps): BackupPass {
  const { archive, hour, log, metrics, signal, mostMs = MOST_MS } = deps
  /** The last that was seen, for as long as the store is away. */
  let newest: Backup | undefined
  /** When one was tried in vain, until there is one. */
  let tried: Date | undefined
  let why: string | null = null

  const look = async (): Promise<void> => void (newest = (await archive.list()).items[0])

  const take = async (now: Date, until: AbortSignal, isDue: () => boolean): Promise<void> => {
    tried = now
    const backup = await takeBackup({ ...deps, now, signal: until }, async ({ tenants }) => {
      await look()
      // Of a new server, which is to be restored: its own would be the latest, and in time the only one.
      if (tenants === 0 && (newest?.tenants ?? 0) > 0)
        throw new BackupError('This database has no tenants, and its newest backup has.', 'Restore that first: zaptria backup list')
      return isDue()
    })
    if (backup === null) return
    newest = backup
    log.info({ backup: backup.id, size_bytes: backup.dump.size_bytes, took_ms: backup.took_ms }, 'the database is backed up')
    await prune(deps, now)
  }

  return async (now) => {
    const installedAt = await installationOf(deps.db)
    const since = (): Date => (newest === undefined ? installedAt : new Date(newest.taken_at))
    const isDue = (): boolean => hour !== undefined && since() < lastMoment(now, hour)
    let failed = false
    try {
      await look()
      const rests = tried !== undefined && now.getTime() - tried.getTime() < AGAIN_MS
      if (isDue() && !rests) {
        using late = deadline(mostMs)
        const until = AbortSignal.any([signal, late.signal])
        await unlessEnding(take(now, until, isDue), until)
      }
      if (!isDue()) [tried, why] = [undefined, null]
    } catch (error) {
      if (signal.aborted) return 'done'
      failed = true
      why = told(error)
      log.warn({ err: error }, `the database could not be backed up: ${why}`)
    }
    if (hour !== undefined) metrics.backupAge.set((now.getTime() - since().getTime()) / 1_000)
    if (newest !== undefined) {
      metrics.backupBytes.set(newest.parts.reduce((sum, { size_bytes }) => sum + size_bytes, 0))
      metrics.backupSeconds.set(newest.took_ms / 1_000)
    }
    await watch(deps, { overdue: hour !== undefined && now.getTime() - since().getTime() > OVERDUE_MS, failed, why })
    return 'done'
  }
}

function deadline(ms: number): { signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new BackupError(`It took more than ${ms / 3_600_000} hours, and was given up.`)), ms)
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}

/** A part on its way to a bucket takes minutes, which a stop does not wait for: it fails when its store closes, and no backup comes of it. */
async function unlessEnding(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const ending = Promise.withResolvers<never>()
  const end = (): void => ending.reject(signal.reason instanceof Error ? signal.reason : new Error('ended'))
  signal.addEventListener('abort', end)
  try {
    await Promise.race([work, ending.promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

const told = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof BackupError && error.hint !== undefined ? `${message} ${error.hint}` : message
}

/** Before there is any, the day's backup is due from the installation on. */
async function installationOf(db: Db): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select coalesce(min(applied_at), now()) as at from migrations`.execute(db)
  return rows[0]!.at
}

/** The last time that it was this hour, in the operator's zone. */
export function lastMoment(now: Date, hour: number): Date {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: ZONE,
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  })
  const parts = Object.fromEntries(clock.formatToParts(now).map(({ type, value }) => [type, Number(value)]))
  const passed = ((parts['hour']! - hour + 24) % 24) * 3600 + parts['minute']! * 60 + parts['second']!
  return new Date(Math.floor(now.getTime() / 1_000) * 1_000 - passed * 1_000)
}

/** Only once a newer one is whole: each stays until then. */
async function prune({ db, archive }: Pick<BackupDeps, 'db' | 'archive'>, now: Date): Promise<void> {
  const { items } = await archive.list()
  const copies = sql`
    select l.id, ${SUBJECT} as of, l.taken_at as at, ${ZONE} as zone
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as l(id text, taken_at timestamptz)`
  const { rows } = await outlived(copies, now).execute(db)
  for (const { id } of rows) await archive.remove(id)
  await archive.clean(now)
}

/** It says why the last one failed. */
function watch(
  { db, hints }: Pick<BackupDeps, 'db' | 'hints'>,
  { overdue, failed, why }: { overdue: boolean; failed: boolean; why: string | null },
): Promise<void> {
  return db.transaction().execute(async (trx) => {
    const isOpen = (await openAlertKinds(trx, SUBJECT)).includes('backup_overdue')
    if (overdue ? isOpen && !failed : !isOpen) return
    const hint = overdue
      ? await raiseAlert(trx, { kind: 'backup_overdue', severity: 'critical', subject: SUBJECT, tenantId: null, detail: why })
      : await resolveAlert(trx, 'backup_overdue', SUBJECT)
    if (hint !== null) await hints.changed(trx, hint)
  })
}
