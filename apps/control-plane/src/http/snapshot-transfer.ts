import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { Snapshot, SnapshotExport, SnapshotManifest, TRANSFER_KEY_HEADER, TransferKey, ZaptriaError } from '@zaptria/contract'
import type { SnapshotTransfer } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { FileAwayError } from '../files/port.ts'
import type { Secrets } from '../secrets/index.ts'
import { asTenant } from '../store/as-tenant.ts'
import { lockBot } from '../store/bots.ts'
import type { Db } from '../store/db.ts'
import { linkedTo } from '../store/linked-numbers.ts'
import { findSnapshot, insertImported, partsOf, snapshotVerified } from '../store/snapshots.ts'
import type { Row, Trx } from '../store/tables.ts'
import { withTenant } from '../store/with-tenant.ts'
import { uuidv7 } from '../uuid.ts'
import { noteDamaged } from '../vault/damaged.ts'
import type { Vault } from '../vault/index.ts'
import { dropParts, openTransfer, sealTransfer, storeArchive, TRANSFER_BYTES, TransferBrokenError } from '../vault/transfer.ts'
import { verified } from '../vault/verify.ts'
import type { App } from './app.ts'
import { creating } from './creating.ts'
import { inTenant } from './in-tenant.ts'
import { streamed, takeAnyBody } from './receive.ts'
import { SnapshotParams, snapshotView } from './snapshots.ts'
import { TenantParams } from './tenants.ts'

export type TransferDeps = { db: Db; vault: Vault; secrets: Pick<Secrets, 'seal' | 'open'> }

/** One customer's session, out of this installation and into another. */
export function snapshotTransferRoutes(app: App, deps: TransferDeps): void {
  const tags = ['snapshots']

  app.post(
    '/tenants/:tenant/bot/snapshots/:snapshot/export',
    {
      config: { audit: { done: 'snapshot.export' } },
      schema: {
        tags,
        summary: 'Export a snapshot',
        description:
          'The snapshot as a file that another installation imports. It is verified while it is read, and sealed with the key that you give: 32 random bytes, which are not in the file. Whoever has both has the session. Of one that turns out to be damaged the answer breaks off.',
        params: SnapshotParams,
        body: SnapshotExport,
        response: {
          200: { description: 'The sealed file.', content: { 'application/octet-stream': { schema: z.string() } } },
        },
      },
    },
    async ({ params, body }, reply) => exported(deps, params, body.transfer_key, reply),
  )

  // Its file is read by the route, and not by the API's parser.
  void app.register(async (plugin) => {
    const uploads = plugin as unknown as App
    takeAnyBody(uploads)
    uploads.post(
      '/tenants/:tenant/bot/snapshots/import',
      {
        config: { audit: { done: 'snapshot.import' }, largeBody: true },
        schema: {
          tags,
          summary: 'Import a snapshot',
          description:
            'The body is the file of an export, of this or another installation. All of it is verified before anything is kept. It becomes a snapshot of this tenant, and is not opened by itself: a bot that was never linked opens it when it starts next, another one when it is restored. Stop the bot in the installation that it comes from first: two with one session replace each other. The session of a number that another tenant here is linked to is refused, unless `force` says that it is meant.',
          params: TenantParams,
          querystring: z.object({
            force: z
              .enum(['true', 'false'])
              .optional()
              .describe('`true`: also when another tenant is linked to its number, which is refused otherwise.'),
          }),
          headers: z.object({ [TRANSFER_KEY_HEADER]: TransferKey.describe('The key that the file was exported with.') }),
          response: { 201: Snapshot },
        },
      },
      async (request, reply) =>
        imported(
          deps,
          { tenantId: request.params.tenant, transferKey: request.headers[TRANSFER_KEY_HEADER], force: request.query.force === 'true' },
          request,
          reply,
        ),
    )
  })
}

async function exported(
  deps: TransferDeps,
  { tenant, snapshot: id }: { tenant: string; snapshot: string },
  transferKey: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { transfer, archive } = await archiveOf(deps, tenant, id)
  const { bytes, sizeBytes } = sealTransfer(transferKey, transfer, archive)
  return reply
    .header('content-type', 'application/octet-stream')
    .header('content-length', sizeBytes)
    .header('content-disposition', `attachment; filename="snapshot-${id}.zaptria"`)
    .header('cache-control', 'no-store')
    .send(Readable.from(bytes, { objectMode: false }))
}

/** What a snapshot is, and its archive; when that cannot even begin to be read, it is said before anything is answered. */
async function archiveOf(
  { db, vault }: TransferDeps,
  tenantId: string,
  id: string,
): Promise<{ transfer: SnapshotTransfer; archive: AsyncGenerator<Uint8Array> }> {
  const { row, parts } = await inTenant(db, tenantId, async (trx) => ({ row: await findSnapshot(trx, id), parts: await partsOf(trx, id) }))
  if (row === undefined) throw new ZaptriaError('snapshot_not_found')
  if (row.state !== 'stored' || row.manifest === null)
    throw new ZaptriaError('conflict', { detail: `The snapshot is ${row.state}: there is nothing to export.` })
  if (row.void_at !== null)
    throw new ZaptriaError('conflict', { detail: `No session can be opened from this snapshot any more: ${row.void_reason}.` })
  const manifest = SnapshotManifest.parse(row.manifest)
  async function* archive(): AsyncGenerator<Uint8Array> {
    try {
      yield* verified(vault.read(tenantId, id, parts), manifest.archive)
    } catch (error) {
      await noteDamaged({ db, vault }, { id: row!.bot_id, tenantId }, id, error)
      throw error
    }
    await withTenant(db, tenantId, (trx) => snapshotVerified(trx, id))
  }
  const begun = await begin(archive()).catch((error: unknown) => {
    if (error instanceof FileAwayError || !(error instanceof Error)) throw error
    throw new ZaptriaError('conflict', { detail: `The snapshot is damaged: ${error.message}.`, cause: error })
  })
  const taken_at = Math.floor((row.taken_at ?? row.asked_at).getTime() / 1000)
  return { transfer: { format: 1, taken_at, manifest }, archive: begun }
}

async function begin(source: AsyncGenerator<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const first = await source.next()
  return (async function* () {
    try {
      if (first.done !== true) yield first.value
      yield* source
    } finally {
      await source.return(undefined)
    }
  })()
}

async function imported(
  deps: TransferDeps,
  { tenantId, transferKey, force }: { tenantId: string; transferKey: string; force: boolean },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Snapshot> {
  const { db, vault } = deps
  const id = uuidv7()
  // Before a byte is taken: there must be a bot whose it can be.
  await inTenant(db, tenantId, async (trx) => importer(trx, tenantId, null))
  const { transfer, parts, sha256 } = await streamed(request, reply, TRANSFER_BYTES, async (body) => {
    const file = hashed(body)
    try {
      const opened = await openTransfer(transferKey, file.bytes)
      await inTenant(db, tenantId, async (trx) => importer(trx, tenantId, opened.transfer.manifest))
      if (!force) await refuseLinkedElsewhere(db, tenantId, opened.transfer.manifest.number)
      return { transfer: opened.transfer, parts: await storeArchive(vault, { tenantId, snapshotId: id }, opened), sha256: file.sha256() }
    } catch (error) {
      if (!(error instanceof TransferBrokenError || error instanceof ZaptriaError)) throw error
      // Most clients hear an answer only once all that they have to say was heard.
      for await (const _ of file.bytes);
      if (error instanceof ZaptriaError) throw error
      throw new ZaptriaError('transfer_refused', { detail: `The file cannot be imported: ${error.message}.`, cause: error })
    }
  })
  // What stands for the bytes where a request that is repeated is compared with the first.
  request.body = { sha256 }
  const keep = (): Promise<Snapshot> =>
    creating(deps, request, reply, async (trx) => {
      // Once more: it may have been linked there while the file came.
      if (!force) await refuseLinkedElsewhere(trx, tenantId, transfer.manifest.number)
      return asTenant(trx, tenantId, async () => {
        const bot = await importer(trx, tenantId, transfer.manifest)
        request.audit.detail = { snapshot: id, number: transfer.manifest.number, ...(force ? { force } : {}) }
        return snapshotView(await insertImported(trx, bot, { id, transfer, parts }))
      })
    })
  const kept = await keep().catch(async (error: unknown) => {
    // Of anything else it is not known whether the row is there that names them.
    if (error instanceof ZaptriaError) await dropParts(vault, tenantId, parts)
    throw error
  })
  // A repeated request is answered with what came of the first.
  if (kept.id !== id) await dropParts(vault, tenantId, parts)
  return kept
}

/** Who is linked to the number is asked of all tenants: not in one's own transaction. */
async function refuseLinkedElsewhere(on: Db | Trx, tenantId: string, number: string): Promise<void> {
  const others = await linkedTo(on, number, tenantId)
  if (others.length === 0) return
  const names = others.map(({ id, name }) => `${name} (${id})`).join(', ')
  throw new ZaptriaError('number_linked_elsewhere', {
    detail: `+${number} is linked to ${names} already. Unlink it there first: two bots on one number throw each other out.`,
  })
}

/** The bot whose session a file can be. */
async function importer(trx: Trx, tenantId: string, manifest: Pick<SnapshotManifest, 'number' | 'engine'> | null): Promise<Row<'bots'>> {
  const bot = await lockBot(trx, tenantId)
  if (bot === undefined) throw new ZaptriaError('bot_not_found')
  if (bot.transport === 'http') throw new ZaptriaError('conflict', { detail: 'This bot is not run here (transport "http").' })
  if (manifest === null) return bot
  if (bot.number !== null && bot.number !== manifest.number)
    throw new ZaptriaError('conflict', {
      detail: `The file holds the session of +${manifest.number}, and this tenant is linked to +${bot.number}. Is it another tenant's?`,
    })
  // A simulated one stands for any.
  if (manifest.engine !== 'simulated' && manifest.engine !== bot.engine)
    throw new ZaptriaError('conflict', {
      detail: `The file holds a session of the engine ${manifest.engine}, and this bot's is ${bot.engine}.`,
    })
  return bot
}

function hashed(source: AsyncIterable<Uint8Array>): { bytes: AsyncGenerator<Uint8Array>; sha256: () => string } {
  const hash = createHash('sha256')
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk)
      yield chunk
    }
  }
  return { bytes: through(), sha256: () => hash.digest('hex') }
}
