import { randomUUID } from 'node:crypto'
import type { BotEvent, BotEventBody, Flow, MessageEvent } from '@zaptria/contract'
import { DEFAULT_PACING } from '@zaptria/contract'
import { createHints } from '../live/hints.ts'
import { createSecrets } from '../secrets/index.ts'
import { parseMasterKeys } from '../secrets/seal.ts'
import { createDatabase } from '../store/db.ts'
import { uuidv7 } from '../uuid.ts'

export const TEST_MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

/** A tenant with a bot and, when given, a flow, on a real database. For tests. */
export async function fixture(url: string) {
  const { db, pool, close } = createDatabase(url)
  const hints = createHints({ url })
  const secrets = createSecrets({ db, masterKeys: parseMasterKeys(TEST_MASTER_KEY) })
  const serverId = uuidv7()
  await db
    .insertInto('servers')
    .values({ id: serverId, name: `server-${serverId}`, driver: 'process', address: '/nowhere' })
    .execute()

  const makeTenant = async (
    options: { flow?: Flow; desired?: 'running' | 'stopped' | 'removed'; transport?: 'link' | 'http'; publicUrl?: string } = {},
  ) => {
    const tenantId = uuidv7()
    const id = uuidv7()
    const token = await db.transaction().execute(async (trx) => {
      await trx.insertInto('tenants').values({ id: tenantId, name: 'Loja', subscription: 'paid' }).execute()
      await secrets.createTenantKey(trx, tenantId)
      const botToken = await secrets.botToken(tenantId, 1, trx)
      await trx
        .insertInto('bots')
        .values({
          id,
          tenant_id: tenantId,
          desired: options.desired ?? 'running',
          transport: options.transport ?? 'link',
          public_url: options.publicUrl ?? (options.transport === 'http' ? 'http://127.0.0.1:1' : null),
          server_id: serverId,
          container_name: `zaptria-${id}`,
          pacing: JSON.stringify({ ...DEFAULT_PACING, enabled: false }),
          token_hash: secrets.hashToken(botToken),
        })
        .execute()
      return botToken
    })
    if (options.flow !== undefined) await publish(tenantId, options.flow)
    return { tenantId, bot: { id, tenantId }, token, volumeId: randomUUID() as string }
  }

  const publish = async (tenantId: string, flow: Flow, version = 1): Promise<void> => {
    await db.updateTable('flow_versions').set({ active: false }).where('tenant_id', '=', tenantId).execute()
    await db
      .insertInto('flow_versions')
      .values({ id: uuidv7(), tenant_id: tenantId, version, flow: JSON.stringify(flow), active: true })
      .execute()
  }

  return { db, pool, hints, secrets, serverId, makeTenant, publish, close: async () => (await hints.close(), await close()) }
}
export type Fixture = Awaited<ReturnType<typeof fixture>>

let serial = 0
/** Event bodies and events as a bot would report them. */
export const event = (seq: number, body: BotEventBody, epoch = 0): BotEvent => ({
  event_id: randomUUID(),
  seq,
  epoch,
  at: new Date().toISOString(),
  body,
})

export const incoming = (o: Partial<MessageEvent> & { body: string }): MessageEvent => {
  const chat_id = o.chat_id ?? '5511988887777@c.us'
  return {
    kind: 'message',
    wa_id: `IN${(serial += 1)}`,
    chat_id,
    from_me: false,
    sender: chat_id,
    phone: chat_id.endsWith('@c.us') ? chat_id : null,
    lid: chat_id.endsWith('@lid') ? chat_id : null,
    timestamp: Math.floor(Date.now() / 1000),
    type: 'chat',
    push_name: 'Ana',
    ...o,
  }
}
