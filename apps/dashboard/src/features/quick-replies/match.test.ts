import type { QuickReply } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { filledIn, matching, shortcutTyped } from './match.ts'

const reply = (shortcut: string, body: string) => ({ shortcut, body }) as QuickReply

describe('a quick reply', () => {
  const all = [reply('bom-dia', 'Bom dia!'), reply('horário', 'Abrimos às 6h.'), reply('preço', 'O pão custa R$ 1, bom dia.')]
  it.each([
    ['', ['bom-dia', 'horário', 'preço']],
    ['hora', ['horário']],
    ['PRECO', ['preço']],
    ['bom', ['bom-dia', 'preço']],
    ['as 6', ['horário']],
    ['nada', []],
  ])('is found by what is typed: %j', (typed, shortcuts) => {
    expect(matching(all, typed).map(({ shortcut }) => shortcut)).toEqual(shortcuts)
  })

  it.each([
    ['/', ''],
    ['/bom ', 'bom'],
    ['oi /bom', null],
    ['/bom\ndia', null],
    ['', null],
  ])('is asked for where / begins the text: %j', (text, typed) => {
    expect(shortcutTyped(text)).toBe(typed)
  })

  it.each([
    ['Olá, {{name}}! Tudo bem?', 'Ana Souza', 'Olá, Ana! Tudo bem?'],
    ['Olá, {{ nome }}! Tudo bem?', null, 'Olá! Tudo bem?'],
    ['{{nome}}, tudo bem?', '', 'tudo bem?'],
    ['Oi {{NOME}}\n{{name}}', 'Bia', 'Oi Bia\nBia'],
    ['Oi {{name}}', '+55 11 98888-7777', 'Oi'],
    ['{{outra}}', 'Ana', '{{outra}}'],
  ])('%j for %j says %j', (body, name, text) => {
    expect(filledIn(body, name)).toBe(text)
  })
})
