import type { FoundConversation, OverviewTenant } from '@zaptria/contract'
import {
  Bell,
  Keyboard,
  Languages,
  Link2,
  LogOut,
  MessageCircle,
  MessagesSquare,
  Plus,
  RotateCw,
  Settings,
  Share2,
  SlidersHorizontal,
  Square,
  Store,
  Workflow,
  type LucideIcon,
} from 'lucide-react'
import { fold } from '../../format/fold.ts'
import { formatPhone } from '../../format/phone.ts'
import type { Language } from '../../i18n/language.ts'
import type { MessageId } from '../../i18n/messages.ts'
import type { Translate } from '../../i18n/use-t.ts'
import { possibleDeeds } from '../bot/deeds.tsx'
import { contactName } from '../conversations/contact.ts'
import { searchText } from '../overview/standing.ts'
import { THEME_ICONS } from '../theme/theme-switch.tsx'
import { THEMES, type Theme } from '../theme/theme.ts'
import { WORDS } from './words.ts'

export type TenantPage = 'connect' | 'conversations' | 'flow' | 'details'
export type Chosen = 'restart' | 'stop' | 'link'

/** What choosing an entry does: said here, done in one place. */
export type Act =
  | { kind: 'page'; tenantId: string; page: TenantPage }
  | { kind: 'conversation'; tenantId: string; conversationId: string }
  | { kind: 'go'; to: '/' | '/alerts' | '/settings' }
  /** Asks for whom first. */
  | { kind: 'choose'; what: Chosen }
  | { kind: Chosen; tenantId: string; name: string }
  | { kind: 'language'; language: Language }
  | { kind: 'theme'; theme: Theme }
  | { kind: 'create' | 'sheet' | 'sign-out' }

export type Entry = {
  id: string
  icon: LucideIcon
  title: string
  hint: string | null
  /** By which it is found, folded. */
  text: string
  act: Act
}

const entry = (id: string, icon: LucideIcon, title: string, act: Act, hint: string | null = null, kind = id): Entry => ({
  id,
  icon,
  title,
  hint,
  text: `${fold(title)} ${WORDS[kind] ?? ''}`.trimEnd(),
  act,
})

export function tenantEntry(tenant: OverviewTenant, t: Translate): Entry {
  const number = tenant.bot?.number ?? null
  const hint = number === null ? t('tenants.no-number') : formatPhone(number)
  const act: Act = { kind: 'page', tenantId: tenant.id, page: 'connect' }
  return { ...entry(`tenant:${tenant.id}`, Store, tenant.name, act, hint), text: searchText(tenant) }
}

const PAGES: readonly { page: TenantPage; icon: LucideIcon; name: MessageId }[] = [
  { page: 'conversations', icon: MessagesSquare, name: 'tenant.conversations' },
  { page: 'flow', icon: Workflow, name: 'tenant.flow' },
  { page: 'details', icon: SlidersHorizontal, name: 'tenant.details' },
  { page: 'connect', icon: Link2, name: 'tenant.connect' },
]

const CHOSEN: Record<Chosen, { icon: LucideIcon; name: MessageId; of: MessageId }> = {
  restart: { icon: RotateCw, name: 'palette.restart', of: 'palette.restart-of' },
  stop: { icon: Square, name: 'palette.stop', of: 'palette.stop-of' },
  link: { icon: Share2, name: 'palette.link', of: 'palette.link-of' },
}

const CHOOSABLE = ['restart', 'stop', 'link'] as const satisfies readonly Chosen[]

/** For whom a deed makes sense. */
export const canBeChosen = ({ bot }: OverviewTenant, what: Chosen): boolean =>
  bot !== null && (what === 'link' ? bot.desired === 'running' : possibleDeeds(bot).includes(what))

/** A tenant's pages, and what can be done for it. Found by words of the page; the tenant's own name is beside it. */
export function entriesOf(tenant: OverviewTenant, t: Translate): Entry[] {
  const pages = PAGES.map(({ page, icon, name }) =>
    entry(`page:${tenant.id}:${page}`, icon, t(name), { kind: 'page', tenantId: tenant.id, page }, tenant.name, page),
  )
  const deeds = CHOOSABLE.filter((what) => canBeChosen(tenant, what)).map((what) =>
    entry(`${what}:${tenant.id}`, CHOSEN[what].icon, t(CHOSEN[what].name), chosenAct(tenant, what), tenant.name, what),
  )
  return [...pages, ...deeds]
}

const chosenAct = ({ id, name }: OverviewTenant, what: Chosen): Act => ({ kind: what, tenantId: id, name })

/** A tenant to choose for a deed. */
export function chosenEntry(tenant: OverviewTenant, what: Chosen, t: Translate): Entry {
  return { ...tenantEntry(tenant, t), id: `${what}:${tenant.id}`, icon: CHOSEN[what].icon, act: chosenAct(tenant, what) }
}

export const chosenTitle = (what: Chosen, t: Translate): string => t(CHOSEN[what].of)

/** What is the same wherever one is. */
export function actions(t: Translate, { language, theme }: { language: Language; theme: Theme }): Entry[] {
  const other: Language = language === 'pt-BR' ? 'en' : 'pt-BR'
  return [
    entry('go:/', Store, t('tenants.title'), { kind: 'go', to: '/' }),
    entry('go:/alerts', Bell, t('alerts.title'), { kind: 'go', to: '/alerts' }),
    entry('go:/settings', Settings, t('settings.title'), { kind: 'go', to: '/settings' }),
    entry('do:create', Plus, t('tenants.create'), { kind: 'create' }),
    ...CHOOSABLE.map((what) => entry(`do:${what}`, CHOSEN[what].icon, t(CHOSEN[what].of), { kind: 'choose', what }, null, what)),
    // Each in its own words, as those look for it who read no other.
    entry('do:language', Languages, other === 'en' ? t('palette.to-english') : t('palette.to-portuguese'), {
      kind: 'language',
      language: other,
    }),
    ...THEMES.filter((each) => each !== theme).map((each) =>
      entry(`do:theme-${each}`, THEME_ICONS[each], t('palette.theme', { theme: t(`theme.${each}`) }), { kind: 'theme', theme: each }),
    ),
    entry('do:sheet', Keyboard, t('keyboard.title'), { kind: 'sheet' }),
    entry('do:sign-out', LogOut, t('session.sign-out'), { kind: 'sign-out' }),
  ]
}

export function conversationEntry(found: FoundConversation, t: Translate): Entry {
  const name = contactName(found, t)
  const { phone } = found.contact
  const hint = phone === null || name === formatPhone(phone) ? found.tenant_name : `${formatPhone(phone)} · ${found.tenant_name}`
  const act: Act = { kind: 'conversation', tenantId: found.tenant_id, conversationId: found.id }
  return entry(`conversation:${found.id}`, MessageCircle, name, act, hint)
}
