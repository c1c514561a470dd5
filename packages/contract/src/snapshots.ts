import { z } from 'zod'
import { Sha256 } from './events.ts'
import { Epoch, TenantId, VolumeId } from './ids.ts'
import { At } from './text.ts'
import { EngineName } from './vocabulary.ts'

/** Of what a snapshot's archive may hold, whatever it says of itself: a session is a few hundred files and tens of megabytes. */
export const SNAPSHOT_LIMITS = { files: 20_000, plain_bytes: 2 * 1024 ** 3 }
/** A manifest of so many files. */
export const SNAPSHOT_MANIFEST_BYTES = 8 * 1024 * 1024

/** A file of a session, by its place below the engine's directory. */
export const SnapshotFile = z.object({
  path: z.string().min(1).max(1024).refine(staysBelow, 'a path below the session, without "." or ".."'),
  size_bytes: z.int().nonnegative(),
  sha256: Sha256,
})
export type SnapshotFile = z.infer<typeof SnapshotFile>

/** Of what a session's page keeps, one record: where it lies, and hashes of its key and its value. */
export const SnapshotMark = z.object({ place: z.string().min(1).max(200), key: z.string().regex(/^[\da-f]{16}$/), sha256: Sha256 })
export type SnapshotMark = z.infer<typeof SnapshotMark>
export const SNAPSHOT_MARKS = 500

/** What a snapshot is, in full: what comes back from it is compared with this. */
export const SnapshotManifest = z.object({
  format: z.literal(1),
  engine: EngineName,
  bot_version: z.string().max(64),
  /** What the page said of its own version. */
  page_version: z.string().max(200).nullable(),
  /** The browser's, as it says itself; null without one. */
  browser_version: z.string().max(200).nullable(),
  /** Digits: whose session it is. */
  number: z.string().regex(/^\d{6,20}$/),
  epoch: Epoch,
  volume_id: VolumeId,
  /** How long nothing was handled for the copy. */
  held_ms: z.number().nonnegative(),
  /**
   * Records that were the same before the copy and after it: keys, the own id, settings. `own`: the number is in the value. A proof finds each of them in the copy.
   */
  marks: z
    .array(SnapshotMark.extend({ own: z.boolean() }))
    .max(SNAPSHOT_MARKS)
    .default([]),
  files: z.array(SnapshotFile).min(1).max(SNAPSHOT_LIMITS.files),
  /** The archive: tar, compressed with Zstandard. */
  archive: z.object({ size_bytes: z.int().positive().max(SNAPSHOT_LIMITS.plain_bytes), sha256: Sha256 }),
})
export type SnapshotManifest = z.infer<typeof SnapshotManifest>

/**
 * Snapshots travel as HTTP beside the link, with its credentials, in parts, so that what was brought is not brought again:
 * `POST BOT_SNAPSHOT_PATH/<snapshot>` with the manifest says which parts are there, `PUT …/<snapshot>/parts/<nr>?sha256=` brings one, and
 * `POST …/<snapshot>/finish` ends it. 404 and 410: nobody wants it. `POST …/<snapshot>/failed` says why there will be none.
 */
export const BOT_SNAPSHOT_PATH = '/api/bots/snapshots'

/**
 * The other way, under the grant that offered it: `GET BOT_SNAPSHOT_PATH/<snapshot>/manifest?volume_id=&epoch=` and `GET …/<snapshot>?…`, the archive.
 * `POST …/<snapshot>/restored` says that its session is in place, `POST …/<snapshot>/unusable` why it cannot be: another is offered then, if there is one.
 */
export const SnapshotOffer = z.object({
  snapshot_id: z.uuid(),
  number: z.string(),
  /** Unix seconds: what was written since is to be read. */
  taken_at: z.int().positive(),
  /** People want it to take the place of the session that is there. A bot that has fulfilled this wish goes on with what it has. */
  wish: z.uuid().optional(),
})
export type SnapshotOffer = z.infer<typeof SnapshotOffer>

/** Under which grant it is asked for. */
export const SnapshotGrant = z.object({ volume_id: VolumeId, epoch: z.coerce.number().int().positive() })
export type SnapshotGrant = z.infer<typeof SnapshotGrant>

/** Each part but the last one is of this size. */
export const SNAPSHOT_PART_BYTES = 8 * 1024 * 1024

/** How many parts an archive of that size has. */
export const partsOfSnapshot = ({ archive }: Pick<SnapshotManifest, 'archive'>): number =>
  Math.ceil(archive.size_bytes / SNAPSHOT_PART_BYTES)

export const SnapshotBegun = z.object({
  /** Parts that are there already. */
  parts: z.array(z.int().nonnegative()),
  /** No faster than this: others use the same line. */
  bytes_per_second: z.int().positive(),
})
export type SnapshotBegun = z.infer<typeof SnapshotBegun>

export const SnapshotFailed = z.object({ error: z.string().min(1).max(1000) })

/**
 * `asked`: by people or programs. `linked`: soon after the number was linked, or people went back to an earlier session. `nightly`: every night.
 * `imported`: it comes from another installation.
 */
export const SnapshotCause = z.enum(['asked', 'linked', 'nightly', 'imported'])
export type SnapshotCause = z.infer<typeof SnapshotCause>

/** `asked`: the bot is to take it. `coming`: it is on its way; `failure` says what holds it up. `stored`: all of it is in the vault. `failed`: there is none, and `failure` says why. */
export const SnapshotState = z.enum(['asked', 'coming', 'stored', 'failed'])
export type SnapshotState = z.infer<typeof SnapshotState>

/** A copy of a bot's WhatsApp session, sealed with its tenant's key. */
export const Snapshot = z.object({
  id: z.uuid(),
  cause: SnapshotCause,
  state: SnapshotState,
  asked_at: At,
  taken_at: At.describe('As of when the session is: `asked_at`, and of an imported one when it was copied where it comes from.'),
  stored_at: At.nullable(),
  size_bytes: z.int().nonnegative().nullable().describe('Of the archive.'),
  number: z.string().nullable().describe('The WhatsApp number whose session it is: digits.'),
  epoch: Epoch.nullable(),
  held_ms: z.number().nonnegative().nullable().describe('How long the bot handled nothing for the copy.'),
  failure: z.string().nullable(),
  verified_at: At.nullable().describe('When all of it was last read, and was what it should be.'),
  restored_at: At.nullable().describe('When a bot last opened its session from it.'),
  restore_failed_at: At.nullable().describe(
    'When it was last wanted, and could not be used: the bot went on with the session that it had.',
  ),
  void_at: At.nullable().describe('Since when no session can be opened from it.'),
  void_reason: z.string().nullable(),
  proved_at: At.nullable().describe('When a browser that reaches nothing last opened it, and looked for what was there when it was taken.'),
  proof_ms: z.int().nonnegative().nullable().describe('How long that took.'),
  proof_fault: z.string().nullable().describe('What it found wanting. Such a snapshot is used only where there is no other.'),
  proof_error: z.string().nullable().describe('Why it could not be looked at when that was last tried.'),
})
export type Snapshot = z.infer<typeof Snapshot>

/** What reading every byte of a snapshot has shown. */
export const SnapshotCheck = z.object({ ok: z.boolean(), fault: z.string().nullable().describe('What is wrong with it.') })
export type SnapshotCheck = z.infer<typeof SnapshotCheck>

/** What opening a snapshot in a browser that reaches nothing has shown. */
export const SnapshotProof = z.object({
  fault: z.string().max(1000).nullable(),
  ms: z.int().nonnegative(),
  bot_version: z.string().max(64),
  browser_version: z.string().max(200).nullable(),
})
export type SnapshotProof = z.infer<typeof SnapshotProof>

/** What a snapshot is sealed with on its way between installations: 32 random bytes in base64url. Never in the file. */
export const TransferKey = z.string().regex(/^ztk_[\w-]{42}[AEIMQUYcgkosw048]$/, 'a transfer key: ztk_ and 43 letters and digits')
export const TRANSFER_KEY_HEADER = 'zaptria-transfer-key'
export const SnapshotExport = z.object({ transfer_key: TransferKey })

/** How a snapshot's transfer file begins, inside its seal: four bytes with this text's length, big endian, this as JSON, then the archive. */
export const SnapshotTransfer = z.object({
  format: z.literal(1),
  /** Unix seconds: what was written since is to be read. */
  taken_at: z.int().positive(),
  manifest: SnapshotManifest,
})
export type SnapshotTransfer = z.infer<typeof SnapshotTransfer>

function staysBelow(path: string): boolean {
  return !path.includes('\\') && !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/** `outlived`: newer ones stand for it; `useless`: failed, void, or found wanting, for a week; `quota`: beyond what a tenant's may take. */
export const SnapshotPruneReason = z.enum(['outlived', 'useless', 'quota'])
export type SnapshotPruneReason = z.infer<typeof SnapshotPruneReason>

export const SnapshotPrune = z.strictObject({
  tenant: TenantId.optional().describe('Of this tenant’s alone.'),
  keep_last: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('So many of each bot’s newest stay, whatever their age, and none besides; without it what the retention lets go of.'),
  dry_run: z.boolean().default(false).describe('Only say which would go.'),
})
export type SnapshotPrune = z.infer<typeof SnapshotPrune>

export const PrunedSnapshots = z.object({
  dry_run: z.boolean(),
  snapshots: z.array(
    z.object({
      id: z.uuid(),
      tenant_id: TenantId,
      tenant_name: z.string(),
      asked_at: At,
      size_bytes: z.int().describe('In the vault.'),
      why: SnapshotPruneReason,
    }),
  ),
  size_bytes: z.int().describe('Of all of them, in the vault.'),
})
export type PrunedSnapshots = z.infer<typeof PrunedSnapshots>
