import { Readable } from 'node:stream'
import {
  BOT_SNAPSHOT_PATH,
  Sha256,
  SNAPSHOT_MANIFEST_BYTES,
  SNAPSHOT_PART_BYTES,
  partsOfSnapshot,
  SnapshotBegun,
  SnapshotFailed,
  SnapshotGrant,
  SnapshotManifest,
  ZaptriaError,
} from '@zaptria/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { FileAwayError } from '../files/port.ts'
import { clean } from '../ingest/clean.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import {
  addPart,
  beginSnapshot,
  comingSnapshot,
  grantedSnapshot,
  partsOf,
  snapshotFailed,
  snapshotHeldUp,
  snapshotRestored,
  snapshotStored,
  voidSnapshots,
} from '../store/snapshots.ts'
import type { Trx } from '../store/tables.ts'
import { withTenant } from '../store/with-tenant.ts'
import { noteDamaged } from '../vault/damaged.ts'
import type { Vault } from '../vault/index.ts'
import type { App } from './app.ts'
import { asLinkedBot } from './linked-bot.ts'
import { streamed, takeAnyBody } from './receive.ts'

export type BotSnapshotDeps = { db: Db; secrets: Pick<Secrets, 'tokenMatches'>; vault: Vault }

/** All bots of this program together, and one by itself, leave the line to messages. */
const BYTES_PER_SECOND = 4 * 1024 * 1024

const Params = z.object({ snapshot: z.uuid() })

/** How bots bring snapshots, beside the link and with its credentials (snapshots.ts of the contract). */
export function botSnapshotRoutes(app: App, deps: BotSnapshotDeps): void {
  const { db, vault } = deps
  const schema = { tags: ['bots'], hide: true, params: Params }
  const path = `${BOT_SNAPSHOT_PATH}/:snapshot`
  asLinkedBot(app, deps)

  app.post(
    path,
    { bodyLimit: SNAPSHOT_MANIFEST_BYTES, schema: { ...schema, body: SnapshotManifest, response: { 200: SnapshotBegun } } },
    async (request) => {
      const bot = request.linkedBot!
      const begun = await withTenant(db, bot.tenantId, (trx) => beginSnapshot(trx, bot.id, request.params.snapshot, request.body))
      if (begun === null) throw new ZaptriaError('gone')
      return { ...begun, bytes_per_second: BYTES_PER_SECOND }
    },
  )

  app.get(
    `${path}/manifest`,
    { exposeHeadRoute: false, schema: { ...schema, querystring: SnapshotGrant, response: { 200: SnapshotManifest } } },
    async (request) => {
      const bot = request.linkedBot!
      const manifest = await withTenant(db, bot.tenantId, (trx) => grantedSnapshot(trx, bot.id, request.params.snapshot, request.query))
      if (manifest === null) throw new ZaptriaError('gone')
      return manifest
    },
  )

  app.get(path, { exposeHeadRoute: false, schema: { ...schema, querystring: SnapshotGrant } }, async (request, reply) => {
    const bot = request.linkedBot!
    const { snapshot } = request.params
    const { manifest, parts } = await withTenant(db, bot.tenantId, async (trx) => ({
      manifest: await grantedSnapshot(trx, bot.id, snapshot, request.query),
      parts: await partsOf(trx, snapshot),
    }))
    if (manifest === null) throw new ZaptriaError('gone')
    const read = watched(vault.read(bot.tenantId, snapshot, parts), (error) => noteDamaged(deps, bot, snapshot, error))
    const bytes = Readable.from(read, { objectMode: false })
    return reply.header('content-type', 'application/octet-stream').header('content-length', manifest.archive.size_bytes).send(bytes)
  })

  /** What becomes of it is believed from the volume that it was offered to. */
  const granted = async (
    request: Pick<FastifyRequest, 'linkedBot'> & { params: { snapshot: string }; query: SnapshotGrant },
    note: (trx: Trx) => Promise<void>,
  ) => {
    const bot = request.linkedBot!
    await withTenant(db, bot.tenantId, async (trx) => {
      if ((await grantedSnapshot(trx, bot.id, request.params.snapshot, request.query)) === null) throw new ZaptriaError('gone')
      await note(trx)
    })
  }

  app.post(
    `${path}/restored`,
    { schema: { ...schema, querystring: SnapshotGrant, response: { 204: z.void() } } },
    async (request, reply) => {
      await granted(request, (trx) => snapshotRestored(trx, request.linkedBot!.id, request.params.snapshot))
      return reply.code(204).send()
    },
  )

  app.post(
    `${path}/unusable`,
    { schema: { ...schema, querystring: SnapshotGrant, body: SnapshotFailed, response: { 204: z.void() } } },
    async (request, reply) => {
      await granted(request, (trx) => voidSnapshots(trx, request.linkedBot!.id, request.params.snapshot, clean(request.body.error)))
      return reply.code(204).send()
    },
  )

  app.post(`${path}/finish`, { schema: { ...schema, response: { 204: z.void() } } }, async (request, reply) => {
    const bot = request.linkedBot!
    const { snapshot } = request.params
    await withTenant(db, bot.tenantId, async (trx) => {
      const manifest = await comingSnapshot(trx, bot.id, snapshot)
      if (manifest === null) throw new ZaptriaError('gone')
      const parts = await partsOf(trx, snapshot)
      const size = parts.reduce((sum, part) => sum + Number(part.size_bytes), 0)
      const gapless = parts.every(({ nr }, at) => nr === at)
      if (!gapless || size !== manifest.archive.size_bytes)
        throw new ZaptriaError('conflict', { detail: `${size} of ${manifest.archive.size_bytes} bytes are there: bring the rest first.` })
      await snapshotStored(trx, snapshot, size)
    })
    return reply.code(204).send()
  })

  app.post(`${path}/failed`, { schema: { ...schema, body: SnapshotFailed, response: { 204: z.void() } } }, async (request, reply) => {
    const bot = request.linkedBot!
    await withTenant(db, bot.tenantId, (trx) => snapshotFailed(trx, bot.id, request.params.snapshot, clean(request.body.error)))
    return reply.code(204).send()
  })

  void app.register(async (plugin) => {
    const uploads = plugin as unknown as App
    takeAnyBody(uploads)
    const params = Params.extend({ nr: z.coerce.number().int().min(0) })
    uploads.put(
      `${path}/parts/:nr`,
      {
        config: { largeBody: true },
        schema: { ...schema, params, querystring: z.object({ sha256: Sha256 }), response: { 204: z.void() } },
      },
      async (request, reply) => {
        const { id: botId, tenantId } = request.linkedBot!
        const { snapshot: snapshotId, nr } = request.params
        const manifest = await withTenant(db, tenantId, (trx) => comingSnapshot(trx, botId, snapshotId))
        if (manifest === null) throw new ZaptriaError('gone')
        if (nr >= partsOfSnapshot(manifest))
          throw new ZaptriaError('conflict', { detail: `An archive of ${manifest.archive.size_bytes} bytes has no part ${nr}.` })
        const of = { tenantId, snapshotId, nr }
        const put = streamed(request, reply, SNAPSHOT_PART_BYTES, (bytes) => vault.putPart(of, bytes, request.query.sha256))
        const part = await put.catch(async (error: unknown) => {
          if (error instanceof FileAwayError)
            await withTenant(db, tenantId, (trx) => snapshotHeldUp(trx, snapshotId, `The vault takes nothing now: ${error.why}.`))
          throw error
        })
        await withTenant(db, tenantId, async (trx) => {
          if ((await comingSnapshot(trx, botId, snapshotId)) === null) throw new ZaptriaError('gone')
          await addPart(trx, { ...part, snapshotId, tenantId })
        })
        return reply.code(204).send()
      },
    )
  })
}

/** What fails while it is read is told first; what is told changes nothing for the reader. */
async function* watched(bytes: AsyncIterable<Buffer>, onError: (error: unknown) => Promise<void>): AsyncGenerator<Buffer> {
  try {
    yield* bytes
  } catch (error) {
    await onError(error)
    throw error
  }
}
