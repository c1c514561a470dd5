import { expect, it } from 'vitest'
import { createI18n } from '../../i18n/setup.ts'
import { whoOf } from './timeline.tsx'

it('a deed was a person’s, a program’s, or of whoever had a link', () => {
  const i18n = createI18n('pt-BR')
  const who = (actor: string, actor_name: string | null) => whoOf({ actor, actor_name }, (id, values) => i18n._(id, values))
  expect(who('person:1', 'dona@example.com')).toBe('dona@example.com')
  expect(who('person:1', null)).toBe('Alguém')
  expect(who('pairing_link', null)).toBe('Quem recebeu o link')
  expect(who('key:1', 'laravel')).toBe('Um programa (chave laravel)')
  expect(who('key:1', 'bootstrap')).toBe('Um programa (chave da instalação)')
})
