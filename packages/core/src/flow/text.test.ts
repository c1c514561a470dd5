import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from './match.ts'
import { clip, fold, menuNumber, render } from './text.ts'

describe('matching', () => {
  it.each([
    ['equals', 'não', ' NAO ', true],
    ['equals', 'sim', 'sim!', false],
    ['contains', 'ATENDENTE', 'quero um atendente, já', true],
    ['contains', 'preço', 'Qual o preco?', true],
    ['starts_with', 'olá', 'Ola, tudo bem?', true],
    ['starts_with', 'olá', 'Eita, olá', false],
    ['ends_with', 'por favor', 'o menu, por  favor', true],
    ['equals', 'menu', 'ｍｅｎｕ', true],
    ['regex', '^\\d+$', '123', true],
    ['regex', 'nao', 'não', false],
    ['regex', '(a+)+', 'aaa', false], // refused by the policy: matches nothing
  ] as const)('%s %j against %j: %s', (operator, value, text, expected) => {
    expect(matches(operator, value, text)).toBe(expected)
  })

  it('folds to the same when folded again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })
})

describe('a template', () => {
  it.each([
    ['Olá, {{name}}!', 'Olá, Ana!'],
    ['{{ name }} {{name}}', 'Ana Ana'],
    ['{{unknown}}.', '.'],
    ['{{nested}}', '{{name}}'], // what a contact wrote is never a template
    ['{{Name}} {name} {{}}', '{{Name}} {name} {{}}'],
    ['{{money}}', '$& $1'],
  ])('%j becomes %j', (template, expected) => {
    const variables = new Map([
      ['name', 'Ana'],
      ['nested', '{{name}}'],
      ['money', '$& $1'],
    ])
    expect(render(template, (name) => variables.get(name) ?? '')).toBe(expected)
  })

  it('is cut without leaving half a character', () => {
    expect(clip('ab', 2)).toBe('ab')
    expect(clip('abc', 2)).toBe('ab')
    expect(clip('a👍b', 2)).toBe('a')
    expect(clip('a👍b', 3)).toBe('a👍')
  })
})

describe('an answer to a menu', () => {
  it.each([
    ['2', 2],
    [' 2. ', 2],
    ['(2)', 2],
    ['02', 2],
    ['2️⃣', 2],
    ['２', 2],
    ['12', 12],
    ['nº 2', null],
    ['2 horas', null],
    ['2.5', null],
    ['', null],
    ['dois', null],
  ])('%j means %j', (answer, expected) => {
    expect(menuNumber(answer)).toBe(expected)
  })
})
