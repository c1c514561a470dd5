import { z } from 'zod'
import { Sha256 } from './events.ts'
import { At } from './text.ts'

/** Sorts as it was taken: the moment in UTC, then some letters, so that two of one second are two. */
export const BackupId = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/, 'the id of a backup, for example 20261130T050000Z-1a2b3c4d')

const Bytes = z.object({ size_bytes: z.int().nonnegative(), sha256: Sha256 })

/** A backup of the control plane's database, in full. It lies beside the backup's parts, written last: what has none is no backup. */
export const Backup = z.object({
  format: z.literal(1),
  id: BackupId,
  taken_at: At,
  took_ms: z.int().nonnegative(),
  /** The program that took it, the newest migration of the database, and PostgreSQL's own version. */
  zaptria_version: z.string().max(64),
  migration: z.string().max(200).nullable(),
  postgres_version: z.string().max(200),
  /** How many it has, to tell one from another; null of a database without that table. */
  tenants: z.int().nonnegative().nullable(),
  /** What pg_dump wrote: never anywhere in the clear. */
  dump: Bytes,
  /** What lies in the store, in order: the dump, sealed and cut. */
  parts: z.array(Bytes).min(1),
  /** Which master key opens it. */
  key_id: z.string().max(64),
})
export type Backup = z.infer<typeof Backup>

/** What is in a database into which a backup is to go. */
export const BackupTarget = z.object({
  database: z.string(),
  server: z.string(),
  /** No table at all. */
  empty: z.boolean(),
  tables: z.int(),
  /** Null where there is no such table, or it is another's. */
  tenants: z.int().nullable(),
  messages: z.int().nullable(),
  last_message_at: At.nullable(),
})
export type BackupTarget = z.infer<typeof BackupTarget>

/**
 * What the `zaptria` command asks of the program that holds the keys, on its standard input, since nothing of it belongs in a list of processes;
 * `backup` is an id or `latest`, `into` a database's URL. The answer is one JSON document on its standard output, or a BackupProblem.
 */
export const BackupRequest = z.discriminatedUnion('do', [
  z.object({ do: z.literal('list') }),
  z.object({ do: z.literal('take') }),
  z.object({ do: z.literal('verify'), backup: z.string() }),
  z.object({ do: z.literal('look'), backup: z.string(), into: z.string().optional() }),
  z.object({ do: z.literal('restore'), backup: z.string(), into: z.string().optional(), replace: z.boolean() }),
])
export type BackupRequest = z.infer<typeof BackupRequest>

export const BackupList = z.object({ where: z.string(), items: z.array(Backup), damaged: z.array(z.string()) })
export type BackupList = z.infer<typeof BackupList>

export const BackupLook = z.object({ backup: Backup, target: BackupTarget })
export type BackupLook = z.infer<typeof BackupLook>

export const BackupProblem = z.object({ error: z.string(), hint: z.string().optional() })
export type BackupProblem = z.infer<typeof BackupProblem>
