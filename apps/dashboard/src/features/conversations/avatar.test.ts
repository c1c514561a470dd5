import { describe, expect, it } from 'vitest'
import { initials } from './avatar.tsx'

describe('a contact’s round', () => {
  it.each([
    ['Ana Souza', 'AS'],
    ['maria das graças lima', 'ML'],
    ['Élio', 'É'],
    ['🥖 Padaria', 'P'],
    ['+55 11 98888-7777', ''],
    ['', ''],
    [null, ''],
  ])('%j has %j', (name, letters) => {
    expect(initials(name)).toBe(letters)
  })
})
