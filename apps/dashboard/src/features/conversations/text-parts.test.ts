import { describe, expect, it } from 'vitest'
import { isEmojiAlone, textParts } from './text-parts.ts'

describe('a message’s text', () => {
  it.each([
    ['oi', [{ text: 'oi' }]],
    ['o *preço* é _bom_', [{ text: 'o ' }, { text: 'preço', look: 'bold' }, { text: ' é ' }, { text: 'bom', look: 'italic' }]],
    ['~não~ ```x = 1```', [{ text: 'não', look: 'struck' }, { text: ' ' }, { text: 'x = 1', look: 'code' }]],
    ['2*3*4 e a_b_c', [{ text: '2*3*4 e a_b_c' }]],
    ['* um\n* dois', [{ text: '* um\n* dois' }]],
    [
      'veja https://a.com/x_y_z?q=1. Tá?',
      [{ text: 'veja ' }, { text: 'https://a.com/x_y_z?q=1', href: 'https://a.com/x_y_z?q=1' }, { text: '. Tá?' }],
    ],
    ['javascript:alert(1) ftp://x', [{ text: 'javascript:alert(1) ftp://x' }]],
    ['', []],
  ])('%j is read as WhatsApp reads it', (text, parts) => {
    expect(textParts(text)).toEqual(parts)
  })

  it.each([
    ['👍', true],
    ['👩‍👩‍👧🇧🇷❤️', true],
    ['👍👍👍👍', false],
    ['ok 👍', false],
    ['12', false],
    ['', false],
  ])('of emoji alone, at most three, is large: %s %s', (text, large) => {
    expect(isEmojiAlone(text)).toBe(large)
  })
})
