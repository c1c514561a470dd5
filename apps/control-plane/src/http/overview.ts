import {
  FoundConversation,
  OVERVIEW_IDS,
  OverviewBot,
  OverviewQuery,
  OverviewTenant,
  TenantId,
  ZaptriaError,
  page,
} from '@zaptria/contract'
import { z } from 'zod'
import type { Db } from '../store/db.ts'
import { findConversations } from '../store/conversations-find.ts'
import type { FoundRow } from '../store/conversations-find.ts'
import { listOverview } from '../store/overview.ts'
import type { OverviewRow } from '../store/overview.ts'
import type { App } from './app.ts'
import { contactView } from './conversation-view.ts'
import { decodeCursor, pageOf } from './cursor.ts'

/** What is read across all tenants, for whoever looks after them. */
export function overviewRoutes(app: App, { db }: { db: Db }): void {
  app.get(
    '/overview',
    {
      schema: {
        tags: ['tenants'],
        summary: 'See how every tenant stands',
        description: 'Little of each tenant and its bot, up to 2,000 in one answer, newest first.',
        querystring: OverviewQuery,
        response: { 200: page(OverviewTenant) },
      },
    },
    async ({ query: { tenants, cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.uuid()])?.[0]
      const rows = await listOverview(db, { tenants: tenants === undefined ? undefined : idsOf(tenants), before, limit: limit + 1 })
      return pageOf(rows, limit, overviewView, (row) => [row.id])
    },
  )

  app.get(
    '/conversations',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Find conversations of all tenants',
        description: 'By the contact’s name, with or without accents, or by digits of the phone number. The last spoken in first.',
        querystring: z.object({
          q: z.string().trim().min(2).max(200).describe('A part of a name, or at least three digits of a phone number.'),
          limit: z.coerce.number().int().min(1).max(50).default(10),
        }),
        response: { 200: z.object({ items: z.array(FoundConversation) }) },
      },
    },
    async ({ query }) => ({ items: (await findConversations(db, query)).map(foundView) }),
  )
}

function idsOf(text: string): TenantId[] {
  const ids = z.array(TenantId).min(1).max(OVERVIEW_IDS).safeParse(text.split(','))
  if (ids.success) return ids.data
  const message = `must be ids of tenants with commas between, at most ${OVERVIEW_IDS}`
  throw new ZaptriaError('validation_failed', { errors: [{ path: 'tenants', message }], cause: ids.error })
}

function overviewView(row: OverviewRow): OverviewTenant {
  const { name, external_id, subscription, answered_by, unread, waiting } = row
  const bot = row.bot_id === null ? null : botView(row)
  return { id: TenantId.parse(row.id), name, external_id, subscription, bot, answered_by, unread, waiting }
}

const botView = (row: Extract<OverviewRow, { bot_id: string }>): OverviewBot =>
  OverviewBot.parse({
    id: row.bot_id,
    desired: row.desired,
    state: { state: row.state, reason: row.reason, detail: row.detail, at: row.state_at.toISOString() },
    alive: row.alive,
    under_way: row.under_way,
    last_beat_at: row.last_beat_at?.toISOString() ?? null,
    instance: { state: row.instance_state, detail: row.instance_detail, at: row.instance_at?.toISOString() ?? null },
    number: row.number,
    name: row.wa_name,
    transport: row.transport,
  })

const foundView = ({ id, tenant_id, tenant_name, last_at, contact_id, ...contact }: FoundRow): FoundConversation =>
  FoundConversation.parse({
    id,
    tenant_id,
    tenant_name,
    contact: contactView({ ...contact, id: contact_id }),
    last_at: last_at?.toISOString() ?? null,
  })
