import type { OverviewTenant } from '@zaptria/contract'
import { fold, wordsOf } from '../../format/fold.ts'
import { summarize, type BotTone } from '../bot/summary.ts'

/** The gravest first. */
export const TONES = ['bad', 'warn', 'wait', 'busy', 'ok', 'off'] as const satisfies readonly BotTone[]

/** What can be shown alone: bots that fare alike, or tenants in whose conversations somebody waits for a person. */
export const FILTERS = [...TONES, 'waiting'] as const
export type Filter = (typeof FILTERS)[number]

export const ORDERS = ['attention', 'name', 'newest', 'unread'] as const
export type Order = (typeof ORDERS)[number]

const tones = new WeakMap<OverviewTenant, BotTone>()
/** How it fares. Tiles that do not change keep their identity, and so this: it is asked for by counts, filter and order. */
export function toneOf(tenant: OverviewTenant): BotTone {
  let tone = tones.get(tenant)
  if (tone === undefined) {
    tone = summarize(tenant.bot).tone
    tones.set(tenant, tone)
  }
  return tone
}

/** Since when it stands as it does: a bot that fell silent, since its last sign. */
export function sinceOf({ bot }: Pick<OverviewTenant, 'bot'>): string | null {
  if (bot === null) return null
  const silent = !bot.alive && bot.transport === 'link' && bot.desired === 'running'
  return silent ? (bot.last_beat_at ?? bot.state.at) : bot.state.at
}

export function countAll(tenants: readonly OverviewTenant[]): Record<Filter, number> {
  const counts: Record<Filter, number> = { bad: 0, warn: 0, wait: 0, busy: 0, ok: 0, off: 0, waiting: 0 }
  for (const tenant of tenants) {
    counts[toneOf(tenant)] += 1
    if (tenant.waiting > 0) counts.waiting += 1
  }
  return counts
}

const passes = (tenant: OverviewTenant, filter: Filter | null): boolean =>
  filter === null || (filter === 'waiting' ? tenant.waiting > 0 : toneOf(tenant) === filter)

const texts = new WeakMap<OverviewTenant, string>()
/** Everything by which one is looked for. Tiles that do not change keep their identity, and so this. */
export function searchText(tenant: OverviewTenant): string {
  let text = texts.get(tenant)
  if (text === undefined) {
    text = fold([tenant.name, tenant.external_id ?? '', tenant.bot?.number ?? '', tenant.bot?.name ?? ''].join(' '))
    texts.set(tenant, text)
  }
  return text
}

/** All words are in its name, number or id, in any order, accents or not; a number also as it is written on paper. */
export function matcher(typed: string): (tenant: OverviewTenant) => boolean {
  const words = wordsOf(typed)
  const digits = /^[\d\s()+.-]{3,}$/.test(typed) ? typed.replaceAll(/\D/g, '') : ''
  return (tenant) => {
    const text = searchText(tenant)
    return words.every((word) => text.includes(word)) || (digits !== '' && (tenant.bot?.number?.includes(digits) ?? false))
  }
}

export type Wanted = { q: string; filter: Filter | null; order: Order }

/** What is to be seen, in order. */
export function select(tenants: readonly OverviewTenant[], { q, filter, order }: Wanted, collator: Intl.Collator): OverviewTenant[] {
  const matches = matcher(q)
  const byName = (a: OverviewTenant, b: OverviewTenant) => collator.compare(a.name, b.name)
  const rank = new Map<BotTone, number>(TONES.map((tone, index) => [tone, index]))
  const weight = (tenant: OverviewTenant) => (rank.get(toneOf(tenant)) ?? 0) * 2 + (tenant.waiting > 0 ? 0 : 1)
  const orders: Record<Order, (a: OverviewTenant, b: OverviewTenant) => number> = {
    attention: (a, b) => weight(a) - weight(b) || byName(a, b),
    name: byName,
    newest: (a, b) => (a.id < b.id ? 1 : -1),
    unread: (a, b) => b.waiting - a.waiting || b.unread - a.unread || byName(a, b),
  }
  return tenants.filter((tenant) => passes(tenant, filter) && matches(tenant)).toSorted(orders[order])
}
