import { describe, expect, it } from 'vitest'
import { fold, wordsOf } from '../../format/fold.ts'
import type { Language } from '../../i18n/language.ts'
import { createI18n } from '../../i18n/setup.ts'
import type { Translate } from '../../i18n/use-t.ts'
import { addTenants, overviewOf } from '../../testing/mock-overview.ts'
import { makeWorld, say } from '../../testing/world.ts'
import { actions, entriesOf, type Entry } from './entries.ts'
import { groupsFor, type Known } from './groups.ts'
import { rank } from './rank.ts'
import { WORDS } from './words.ts'

const speak = (language: Language): Translate => {
  const i18n = createI18n(language)
  return (id, values) => i18n._(id, values)
}
const t = speak('pt-BR')

function knownOf(change: Partial<Known> = {}): Known {
  const world = makeWorld()
  say(world, 'connected', 'ready')
  addTenants(world, 3)
  const tenants = overviewOf(world, null)
  return { tenants, conversations: [], here: tenants[0]?.id ?? null, recent: [], language: 'pt-BR', theme: 'system', ...change }
}
const ids = (typed: string, known = knownOf()) => groupsFor(typed, known, t).flatMap(({ entries }) => entries.map(({ id }) => id))

describe('what the palette finds', () => {
  it('on a customer’s page is what can be done for that one first', () => {
    const known = knownOf()
    expect(ids('parar', known).slice(0, 2)).toEqual([`stop:${known.here}`, 'do:stop'])
    expect(ids('det', known)[0]).toBe(`page:${known.here}:details`)
    expect(ids('parar', { ...known, here: null })).toEqual(['do:stop'])
    // A part within a word, or one with letters left out, is no reason to come before the customers.
    expect(ids('adeiro', known)).not.toContain(`page:${known.here}:details`)
  })

  it('is not what has letters left out, where somebody is called so', () => {
    const known = knownOf({ here: null })
    const [tenant] = known.tenants
    expect(ids('ana', known)).toContain('do:theme-light')
    const named = { ...known, tenants: [{ ...tenant!, name: 'Ana' }, ...known.tenants.slice(1)] }
    expect(ids('ana', named)).toEqual([`tenant:${tenant!.id}`])
  })

  it('is there once, also when the customer is called as a page is', () => {
    const known = knownOf()
    const [tenant] = known.tenants
    const found = ids('parar robo', { ...known, tenants: [{ ...tenant!, name: 'Robô e Cia' }, ...known.tenants.slice(1)] })
    expect(found.filter((id) => id === `stop:${known.here}`)).toHaveLength(1)
  })

  it('is found by the other language’s words as well', () => {
    const known = knownOf()
    expect(ids('stop', known).slice(0, 2)).toEqual([`stop:${known.here}`, 'do:stop'])
    const all = (language: Language): Map<string, Entry> => {
      const speaks = speak(language)
      const entries = [...actions(speaks, { language, theme: 'system' }), ...entriesOf(known.tenants[0]!, speaks)]
      return new Map(entries.map((entry) => [entry.id, entry]))
    }
    const [pt, en] = [all('pt-BR'), all('en')]
    // Which language one may go over to depends on the one that there is.
    pt.delete('do:language')
    const unfound = [...pt].flatMap(([id, entry]) => {
      const other = en.get(id)
      if (other === undefined) return [id]
      const found = (title: string, text: string) => rank(wordsOf(title.replaceAll(/[…:]/g, '')), text) > 0
      const reached = found(other.title, entry.text) && found(entry.title, other.text)
      return reached ? [] : [`${entry.title} / ${other.title}`]
    })
    expect(unfound).toEqual([])
    expect(Object.values(WORDS).filter((words) => words !== fold(words))).toEqual([])
    expect(ids('language')).toEqual(['do:language'])
  })
})
