import type { FoundConversation, OverviewTenant } from '@zaptria/contract'
import { wordsOf } from '../../format/fold.ts'
import type { Language } from '../../i18n/language.ts'
import type { MessageId } from '../../i18n/messages.ts'
import type { Translate } from '../../i18n/use-t.ts'
import { matcher, searchText } from '../overview/standing.ts'
import type { Theme } from '../theme/theme.ts'
import { actions, canBeChosen, chosenEntry, conversationEntry, entriesOf, tenantEntry, type Chosen, type Entry } from './entries.ts'
import { best, fit, rank } from './rank.ts'

export type Group = { id: string; title: MessageId; entries: Entry[] }

export type Known = {
  tenants: readonly OverviewTenant[]
  /** Found by the server for what is typed. */
  conversations: readonly FoundConversation[]
  /** The tenant whose page is open. */
  here: string | null
  /** Ids of entries that were chosen last. */
  recent: readonly string[]
  language: Language
  theme: Theme
}

const MOST = { tenants: 8, pages: 6, actions: 6, recent: 5 }

/** What the palette offers for what is typed. With nothing typed: what was chosen last, what is at hand here, and what can be done. */
export function groupsFor(typed: string, known: Known, t: Translate): Group[] {
  const words = wordsOf(typed)
  const groups: Group[] = words.length === 0 ? atRest(known, t) : found(typed, words, known, t)
  return groups.filter(({ entries }) => entries.length > 0)
}

/** The tenants for whom something can be done. */
export function choicesFor(typed: string, what: Chosen, { tenants }: Pick<Known, 'tenants'>, t: Translate): Group[] {
  const able = tenants.filter((tenant) => canBeChosen(tenant, what))
  const chosen = wordsOf(typed).length === 0 ? able.slice(0, 50) : bestTenants(typed, able, 50)
  return chosen.length === 0
    ? []
    : [{ id: 'tenants', title: 'tenants.title', entries: chosen.map((tenant) => chosenEntry(tenant, what, t)) }]
}

function atRest({ tenants, here, recent, language, theme }: Known, t: Translate): Group[] {
  const open = tenants.find(({ id }) => id === here)
  const all = actions(t, { language, theme })
  const byId = new Map(tenants.map((tenant) => [tenant.id as string, tenant]))
  const entryOf = (id: string): Entry[] => {
    const tenant = byId.get(id.split(':')[1] ?? '')
    if (tenant === undefined) return all.filter((each) => each.id === id)
    return [tenantEntry(tenant, t), ...entriesOf(tenant, t)].filter((each) => each.id === id)
  }
  const last = recent.flatMap(entryOf).slice(0, MOST.recent)
  const shown = new Set(last.map(({ id }) => id))
  const rest = (entries: Entry[]) => entries.filter(({ id }) => !shown.has(id))
  return [
    { id: 'recent', title: 'palette.recent', entries: last },
    { id: 'here', title: 'palette.here', entries: open === undefined ? [] : rest(entriesOf(open, t)) },
    { id: 'actions', title: 'palette.actions', entries: rest(all) },
  ]
}

function bestTenants(typed: string, tenants: readonly OverviewTenant[], most: number): OverviewTenant[] {
  const words = wordsOf(typed)
  const matches = matcher(typed)
  return best([...tenants], (tenant) => rank(words, searchText(tenant)) || (matches(tenant) ? 1 : 0), most)
}

function found(
  typed: string,
  words: readonly string[],
  { tenants, conversations, here, recent, language, theme }: Known,
  t: Translate,
): Group[] {
  // What was chosen lately comes before what fits as well.
  const lately = ({ id }: OverviewTenant) => (recent.includes(`tenant:${id}`) ? 1 : 0)
  const collator = new Intl.Collator(language, { numeric: true, sensitivity: 'base' })
  const order = tenants.toSorted((a, b) => lately(b) - lately(a) || collator.compare(a.name, b.name))
  const ofHere = hereFor(
    words,
    tenants.find(({ id }) => id === here),
    t,
  )
  const shown = new Set(ofHere.map(({ id }) => id))
  const pages = pagesFor(words, tenants, t).filter(({ id }) => !shown.has(id))
  const named = bestTenants(typed, order, MOST.tenants)
  // Letters left out are for whoever finds nothing else: "ana" is Ana, not "Aparência".
  const exactly = named.length + conversations.length > 0
  const scoreOf = ({ text }: Entry): number => (exactly && words.some((word) => fit(word, text) < 2) ? 0 : rank(words, text))
  return [
    { id: 'here', title: 'palette.here', entries: ofHere },
    { id: 'tenants', title: 'tenants.title', entries: named.map((tenant) => tenantEntry(tenant, t)) },
    { id: 'pages', title: 'palette.pages', entries: pages },
    {
      id: 'actions',
      title: 'palette.actions',
      entries: best(actions(t, { language, theme }), scoreOf, MOST.actions),
    },
    { id: 'conversations', title: 'tenant.conversations', entries: conversations.map((each) => conversationEntry(each, t)) },
  ]
}

/** What is at hand where one is comes before all else: only what is clearly meant, by the beginnings of its words. */
function hereFor(words: readonly string[], open: OverviewTenant | undefined, t: Translate): Entry[] {
  if (open === undefined) return []
  return best(entriesOf(open, t), ({ text }) => (words.every((word) => fit(word, text) >= 3) ? rank(words, text) : 0), MOST.pages)
}

/** "padaria fluxo": some words name a tenant, the others one of its pages. One kind of word alone says too little. */
function pagesFor(words: readonly string[], tenants: readonly OverviewTenant[], t: Translate): Entry[] {
  if (words.length < 2) return []
  const split = tenants.flatMap((tenant) => {
    const ofPage = words.filter((word) => fit(word, searchText(tenant)) < 2)
    return ofPage.length === 0 || ofPage.length === words.length ? [] : [{ tenant, ofPage }]
  })
  const all = split.flatMap(({ tenant, ofPage }) => entriesOf(tenant, t).map((each) => ({ each, ofPage })))
  return best(all, ({ each, ofPage }) => rank(ofPage, each.text), MOST.pages).map(({ each }) => each)
}
