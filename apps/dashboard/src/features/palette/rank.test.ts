import { describe, expect, it } from 'vitest'
import { fold, wordsOf } from '../../format/fold.ts'
import { best, fit, rank } from './rank.ts'

describe('what is typed', () => {
  it.each([
    ['padaria', 'Padária Estrela', 4],
    ['estrela', 'Padaria Estrela', 3],
    ['dari', 'Padaria Estrela', 2],
    ['pdria', 'Padaria Estrela', 1],
    ['estréla', 'Padaria Estrela', 3],
    ['aria', 'Oficina', 0],
    ['pd', 'Padaria', 0],
    ['xadaria', 'Padaria', 0],
  ])('“%s” fits “%s”: %i', (typed, text, value) => expect(fit(fold(typed), fold(text))).toBe(value))

  it('has to fit with every word, in any order', () => {
    expect(rank(wordsOf('estrela padaria'), fold('Padaria Estrela'))).toBeGreaterThan(0)
    expect(rank(wordsOf('padaria lua'), fold('Padaria Estrela'))).toBe(0)
  })

  it('finds the best first', () => {
    const names = ['Nova Padaria', 'Padaria', 'Oficina', 'Superpadaria']
    expect(best(names, (name) => rank(['padaria'], fold(name)), 2)).toEqual(['Padaria', 'Nova Padaria'])
  })
})
