import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRegex } from './regex.ts'

const compiled = (source: string): { test(text: string): boolean } => {
  const result = compileRegex(source)
  if (!result.ok) throw new Error(`${source}: ${result.message}`)
  return result.regex
}

describe('a flow’s regex', () => {
  it.each([
    ['^n[aã]o\\b', 'NÃO quero', true],
    ['^n[aã]o\\b', 'nao', true],
    ['pre[çc]os?$', 'quais os PREÇOS', true],
    ['pre[çc]os?$', 'preços aqui', false],
    ['\\d{5}-?\\d{3}', 'meu CEP é 01310-100', true],
    ['\\d{5}-?\\d{3}', '0131-100', false],
    ['^(?:sim|claro|com certeza)(?:\\s|\\p{P}|$)', 'Claro!', true],
    ['^(?<sim>s|sim)$', 'SIM', true],
    ['\\u{1F44D}|\\u2764', 'ok 👍', true],
    ['^.{3}$', '👍👍👍', true],
    ['^.$', '\n', false],
    ['[\\]\\-x]', ']', true],
    ['a|', '', true],
    ['^(ab)+$', 'ababab', true],
    ['^(a?b|c){2}$', 'cab', true],
    ['x{2,}', 'xx', true],
    ['^x{2,3}$', 'xxxx', false],
    ['\\.', 'a', false],
    ['\\Bb', 'ab', true],
    ['$^', '', true],
  ])('%s on %j: %s', (source, text, expected) => {
    expect(compiled(source).test(text)).toBe(expected)
    expect(new RegExp(source, 'iu').test(text), 'the language agrees').toBe(expected)
  })

  it.each([
    ['(a+)+', 'inside a quantified group'],
    ['(?:x{2,5}y)*', 'inside a quantified group'],
    ['(a|b*)+', 'inside a quantified group'],
    ['(?=a)', 'look ahead'],
    ['(?<!a)b', 'look ahead or behind'],
    ['(?i:a)', 'change flags'],
    ['(a)\\1', 'references'],
    ['(?<n>a)\\k<n>', 'references'],
    ['x{5000}', 'too large'],
    ['[a', 'Invalid regular expression'],
    ['*', 'Invalid regular expression'],
  ])('refuses %s', (source, message) => {
    expect(compileRegex(source)).toMatchObject({ ok: false, message: expect.stringContaining(message) })
  })

  it.each([
    ['(a|a|aa)*$', `${'a'.repeat(4000)}!`],
    ['.*.*.*.*.*x', 'a'.repeat(4000)],
    [`^${'a?'.repeat(80)}a{80}$`, 'a'.repeat(79)],
    ['a{0,200}a{0,200}a{0,90}c', 'a'.repeat(4000)],
  ])('takes no more than a moment for what would hang a backtracking engine: %s', (source, text) => {
    const before = performance.now()
    compiled(source).test(text)
    // Linear: some milliseconds. Backtracking: years. The bound leaves room for a busy machine.
    expect(performance.now() - before).toBeLessThan(5_000)
  })

  it('says what the language says, for any pattern that it takes', () => {
    const atom = fc.constantFrom('a', 'b', 'é', '.', '\\d', '\\w', '[ab]', '[^a]', '\\b', '^', '$', '(a|bc)', '(?:b|)', '\\p{L}', '1')
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '*?'))
      .map(([a, q]) => (/^[\^$]$|^\\b$/.test(a) ? a : a + q))
    const source = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'É', '1', ' ', '\n', 'ſ', '👍'), { maxLength: 10 }).map((chars) => chars.join(''))
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 3 }), text, (sources, sample) => {
        const pattern = sources.join('|')
        expect(compiled(pattern).test(sample)).toBe(new RegExp(pattern, 'iu').test(sample))
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws, whatever is given', () => {
    const noise = fc.string({ unit: fc.constantFrom(...Array.from('ab0(){}[]|*+?^$.\\-,:=!<>pukdb1é👍')), maxLength: 30 })
    fc.assert(
      fc.property(fc.oneof(noise, fc.string()), fc.string(), (source, text) => {
        const result = compileRegex(source)
        if (result.ok) expect(result.regex.test(text)).toBe(new RegExp(source, 'iu').test(text))
        else expect(result.message).not.toBe('')
      }),
      { numRuns: 5000 },
    )
  })
})
