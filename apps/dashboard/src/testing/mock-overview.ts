import { FoundConversation, OverviewTenant, Tenant, type AnsweredBy, type Bot, type BotState, type StateReason } from '@zaptria/contract'
import { fold } from '../format/fold.ts'
import { makeBot, uuid, type World } from './world.ts'

export const botIn = (world: World, tenant: string): Bot | null =>
  tenant === world.tenants[0]?.id ? world.bot : (world.bots.get(tenant) ?? null)

/** As GET /overview: all tenants, the newest first, or those alone that were asked for. */
export function overviewOf(world: World, ids: string | null): OverviewTenant[] {
  const wanted = ids?.split(',')
  return world.tenants
    .filter(({ id }) => wanted === undefined || wanted.includes(id))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .map((tenant) => {
      const unread = world.conversations.filter((each) => each.unread > 0)
      const own = { unread: unread.length, waiting: unread.filter(({ answering }) => answering === 'person').length }
      const counted = tenant.id === world.tenants[0]?.id ? own : world.unread.get(tenant.id)
      return OverviewTenant.parse({
        ...tenant,
        answered_by: answeredBy(world),
        unread: 0,
        waiting: 0,
        ...counted,
        bot: botIn(world, tenant.id),
      })
    })
}

const answeredBy = ({ versions, webhooks }: World): AnsweredBy =>
  versions.some(({ active }) => active) ? 'flow' : webhooks.some(({ enabled }) => enabled) ? 'program' : 'people'

/** As GET /conversations: the sample tenant's. */
export function searchIn(world: World, q: string): FoundConversation[] {
  const [tenant] = world.tenants
  const digits = q.replaceAll(/\D/g, '')
  return world.conversations
    .filter(({ contact }) => fold(contact.name ?? '').includes(fold(q)) || (digits !== '' && contact.phone?.includes(digits) === true))
    .map(({ id, contact, last_message }) =>
      FoundConversation.parse({ id, contact, tenant_id: tenant?.id, tenant_name: tenant?.name, last_at: last_message?.at ?? null }),
    )
}

const STATES: readonly [state: BotState, reason: StateReason][] = [
  ...Array.from({ length: 7 }, (): [BotState, StateReason] => ['connected', 'ready']),
  ['qr_ready', 'waiting_for_scan'],
  ['connected', 'ready'],
  ['starting', 'boot'],
  ['connected', 'ready'],
  ['reconnecting', 'network_lost'],
  ['connected', 'ready'],
  ['logged_out', 'logout_by_phone'],
  ['banned', 'account_banned'],
]
const NAMES = ['Padaria', 'Oficina', 'Salão', 'Clínica', 'Pizzaria', 'Escola', 'Pet Shop', 'Farmácia', 'Academia', 'Floricultura']

/** Until there are so many tenants, in all states; the same each time. */
export function addTenants(world: World, count: number): void {
  for (let nr = world.tenants.length; nr < count; nr++) {
    const [sample] = world.tenants
    const name = `${NAMES[nr % NAMES.length]} ${String(nr).padStart(3, '0')}`
    const tenant = Tenant.parse({ ...sample, id: uuid(), name, external_id: null })
    world.tenants.push(tenant)
    if (nr % 40 === 39) continue
    const [state, reason] = STATES[nr % STATES.length] ?? ['connected', 'ready']
    const bot = makeBot(tenant.id)
    const at = new Date(Date.now() - nr * 61_000).toISOString()
    world.bots.set(tenant.id, {
      ...bot,
      state: { state, reason, detail: null, at },
      number: state === 'qr_ready' ? null : `55119${String(80_000_000 + nr)}`,
    })
    if (nr % 6 === 1) world.unread.set(tenant.id, { unread: (nr % 5) + 1, waiting: nr % 12 === 1 ? 1 : 0 })
  }
}

/** A bot of another tenant than the sample says how it stands. */
export function sayOf(world: World, tenant: string, state: BotState, reason: StateReason): void {
  const bot = world.bots.get(tenant)
  if (bot !== undefined) world.bots.set(tenant, { ...bot, state: { state, reason, detail: null, at: new Date().toISOString() } })
}
