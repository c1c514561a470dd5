import path from 'node:path'
import { z } from 'zod'

/** The environment's names for backups of the database. */
export const backupNames = {
  /** From when on the day's backup is taken, in São Paulo; `off`: none is. By itself after the night's snapshots, so that it knows them. */
  ZAPTRIA_BACKUP_HOUR: z
    .string()
    .regex(/^(?:off|[01]?\d|2[0-3])$/, 'an hour from 0 to 23, or off')
    .default('5'),
  /** PostgreSQL's pg_dump, with pg_restore and psql beside it; by default those that are installed. */
  ZAPTRIA_PG_DUMP: z.string().min(1).optional(),
  /**
   * Instead: the container of the database has them, on the bots' engine. Its name, or Compose's project/service. No ZAPTRIA_*: compose.yaml gives it to an
   * image from before it too, after a rollback.
   */
  POSTGRES_CONTAINER: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)?$/, 'the name of a container, or project/service of Compose')
    .optional(),
}

type Read = z.infer<z.ZodObject<typeof backupNames>>

export type BackupSettings = {
  /** In São Paulo; undefined: none are taken. */
  hour: number | undefined
  /** A file; undefined: one is looked for. */
  pgDump: string | undefined
  pgContainer: string | undefined
}

/** What is wrong with them together. */
export const backupFaults = (e: Read): string[] =>
  e.ZAPTRIA_PG_DUMP !== undefined && e.POSTGRES_CONTAINER !== undefined
    ? ['ZAPTRIA_PG_DUMP: not together with POSTGRES_CONTAINER: which one is it?']
    : []

export const backupSettings = (e: Read): BackupSettings => ({
  hour: e.ZAPTRIA_BACKUP_HOUR === 'off' ? undefined : Number(e.ZAPTRIA_BACKUP_HOUR),
  pgDump: e.ZAPTRIA_PG_DUMP === undefined ? undefined : path.resolve(e.ZAPTRIA_PG_DUMP),
  pgContainer: e.POSTGRES_CONTAINER,
})
