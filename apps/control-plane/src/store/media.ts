import type { MediaFailure, MediaInfo, MediaKind } from '@zaptria/contract'
import { mediaKindOf } from '@zaptria/contract'
import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import type { Row, Trx } from './tables.ts'

/** A file's row about to be stored, as JSON for one set-based insert. */
export type MediaInsert = {
  id: string
  tenant_id: string
  kind: MediaKind
  state: 'pending' | 'failed'
  failure: MediaFailure | null
  mimetype: string
  filename: string | null
  size_bytes: number | null
}

/** What a message that came says of its file. `carried`: this bot brings the bytes later. */
export function incomingMedia(tenantId: string, info: MediaInfo, type: string, carried: boolean): MediaInsert {
  return {
    id: uuidv7(),
    tenant_id: tenantId,
    kind: mediaKindOf(type),
    state: carried ? 'pending' : 'failed',
    failure: carried ? null : 'unsupported',
    mimetype: info.mimetype,
    filename: info.filename ?? null,
    size_bytes: info.size_bytes ?? null,
  }
}

export async function insertMedia(trx: Trx, media: readonly MediaInsert[]): Promise<void> {
  if (media.length === 0) return
  await sql`
    insert into media (id, tenant_id, kind, state, failure, mimetype, filename, size_bytes)
    select m.id, m.tenant_id, m.kind, m.state, m.failure, m.mimetype, m.filename, m.size_bytes
    from jsonb_to_recordset(${JSON.stringify(media)}::jsonb) as m(id uuid, tenant_id uuid, kind text, state text, failure text, mimetype text, filename text,
      size_bytes bigint)`.execute(trx)
}

/** A message's key, with its ids as they are stored. */
export type StoredKey = { waId: string; chatId: string; fromMe: boolean; sender: string }
export type MessageFile = { messageId: string; conversationId: string; media: Row<'media'> }

/** The file of a message that a bot names by its key, under whichever name of the chat. */
export async function fileByKey(trx: Trx, botId: string, key: StoredKey): Promise<MessageFile | null> {
  const row = await trx
    .selectFrom('message_keys as k')
    .innerJoin('messages as m', 'm.id', 'k.message_id')
    .innerJoin('media as f', 'f.id', 'm.media_id')
    .selectAll('f')
    .select(['m.id as message_id', 'm.conversation_id'])
    .where('k.bot_id', '=', botId)
    .where('k.wa_id', '=', key.waId)
    .where('k.from_me', '=', key.fromMe)
    .where('k.sender', 'in', ['', key.sender])
    .where('k.conversation_id', 'in', (eb) =>
      eb
        .selectFrom('contact_aliases as a')
        .innerJoin('conversations as c', 'c.contact_id', 'a.contact_id')
        .select('c.id')
        .where('a.bot_id', '=', botId)
        .where('a.jid', '=', key.chatId),
    )
    .executeTakeFirst()
  if (row === undefined) return null
  const { message_id, conversation_id, ...media } = row
  return { messageId: message_id, conversationId: conversation_id, media }
}

export async function fileOfMessage(trx: Trx, messageId: string): Promise<Row<'media'> | null> {
  const row = await trx
    .selectFrom('messages as m')
    .innerJoin('media as f', 'f.id', 'm.media_id')
    .selectAll('f')
    .where('m.id', '=', messageId)
    .where('m.deleted_at', 'is', null)
    .executeTakeFirst()
  return row ?? null
}

export async function findMedia(trx: Trx, id: string): Promise<Row<'media'> | null> {
  return (await trx.selectFrom('media').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

export type ArrivedFile = { mimetype: string; mismatch: boolean; sizeBytes: number; sha256: string }

/** The bytes are in the store. */
export async function mediaArrived(trx: Trx, file: MessageFile, arrived: ArrivedFile): Promise<void> {
  await trx
    .updateTable('media')
    .set({
      state: 'stored',
      failure: null,
      mimetype: arrived.mimetype,
      mismatch: arrived.mismatch,
      size_bytes: arrived.sizeBytes,
      sha256: arrived.sha256,
      updated_at: sql`now()`,
    })
    .where('id', '=', file.media.id)
    .execute()
  await touchMessage(trx, file.messageId)
}

/** They will not come. False when they are there already, or it was known. */
export async function mediaFailed(trx: Trx, file: MessageFile, failure: MediaFailure): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('media')
    .set({ state: 'failed', failure, updated_at: sql`now()` })
    .where('id', '=', file.media.id)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  await touchMessage(trx, file.messageId)
  return true
}

async function touchMessage(trx: Trx, messageId: string): Promise<void> {
  await trx
    .updateTable('messages')
    .set({ updated_at: sql`now()` })
    .where('id', '=', messageId)
    .execute()
}

/** A file that a person or a program has uploaded, to be sent. */
export async function insertUpload(
  trx: Trx,
  upload: ArrivedFile & { tenantId: string; kind: MediaKind; filename: string | null },
): Promise<Row<'media'>> {
  return trx
    .insertInto('media')
    .values({
      id: uuidv7(),
      tenant_id: upload.tenantId,
      kind: upload.kind,
      state: 'stored',
      mimetype: upload.mimetype,
      mismatch: upload.mismatch,
      filename: upload.filename,
      size_bytes: upload.sizeBytes,
      sha256: upload.sha256,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}
