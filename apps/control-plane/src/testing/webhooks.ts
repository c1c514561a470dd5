import type { Flow, WebhookSubscription } from '@zaptria/contract'
import { sql } from 'kysely'
import { pino } from 'pino'
import { startWebhooks } from '../due/webhooks/index.ts'
import { PER_ENDPOINT } from '../due/webhooks/take.ts'
import { ingest } from '../ingest/index.ts'
import { createMetrics } from '../metrics.ts'
import { uuidv7 } from '../uuid.ts'
import { parseAllowed } from '../webhooks/address.ts'
import { createWebhookAgent } from '../webhooks/connector.ts'
import { secretContext } from '../webhooks/secret.ts'
import { newWebhookSecret } from '../webhooks/sign.ts'
import { event, incoming } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import type { Receiver } from './receiver.ts'

/** Tenants whose webhooks go to a receiver of the test's, and what brings them there. */
export function webhookScene(f: Fixture) {
  const startWorker = (o: { timeoutMs?: number } = {}) => {
    const metrics = createMetrics()
    const dispatcher = createWebhookAgent({ allowed: parseAllowed('127.0.0.1'), perOrigin: PER_ENDPOINT })
    const worker = startWebhooks({ ...f, dispatcher, log: pino({ level: 'silent' }), metrics, random: () => 0, pollMs: 50, ...o })
    return {
      metrics,
      async [Symbol.asyncDispose]() {
        await worker.close()
        await dispatcher.destroy()
      },
    }
  }

  const endpointAt = async (tenantId: string, url: string, events: WebhookSubscription[] | null = null) => {
    const id = uuidv7()
    const secret = newWebhookSecret()
    const sealed_secret = await f.secrets.sealFor(tenantId, Buffer.from(secret), secretContext(id))
    await f.db.insertInto('webhook_endpoints').values({ id, tenant_id: tenantId, url, events, sealed_secret }).execute()
    const row = () => f.db.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const deliveries = () => f.db.selectFrom('webhook_deliveries').selectAll().where('endpoint_id', '=', id).orderBy('id').execute()
    const dueNow = () => sql`update webhook_deliveries set due_at = now() where endpoint_id = ${id} and taken_at is null`.execute(f.db)
    return { id, secret, row, deliveries, dueNow }
  }

  const tenantWith = async (receiver: Pick<Receiver, 'url'>, o: { flow?: Flow; events?: WebhookSubscription[] | null } = {}) => {
    const t = await f.makeTenant(o.flow === undefined ? {} : { flow: o.flow })
    let seq = 0
    const endpoint = await endpointAt(t.tenantId, receiver.url, o.events ?? null)
    const hear = (...bodies: Parameters<typeof incoming>[0][]) =>
      ingest(
        f,
        t.bot,
        t.volumeId,
        bodies.map((body) => event((seq += 1), incoming(body))),
      )
    const report = (...bodies: Parameters<typeof event>[1][]) =>
      ingest(
        f,
        t.bot,
        t.volumeId,
        bodies.map((body) => event((seq += 1), body)),
      )
    return { ...t, endpoint, hear, report }
  }

  return { startWorker, endpointAt, tenantWith }
}

/** Nobody listens there. */
export const nowhere = { url: 'http://127.0.0.1:1/' }
export const wordsOf = (receiver: Receiver): string[] =>
  receiver.received.flatMap(({ payload }) => (payload.type === 'message.received' ? [payload.data.body] : []))
