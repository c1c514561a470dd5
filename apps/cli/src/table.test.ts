import { describe, expect, it } from 'vitest'
import { facts, table } from './table.ts'

describe('a table', () => {
  it('is aligned, and cut at the edge of the screen', () => {
    expect(
      table(
        ['ID', 'NAME'],
        [
          ['1', 'Padaria da Praça'],
          ['22', 'Zé'],
        ],
      ),
    ).toBe('ID  NAME\n1   Padaria da Praça\n22  Zé\n')
    expect(table(['ID', 'NAME'], [['1', 'Padaria da Praça']], 12)).toBe('ID  NAME\n1   Padaria…\n')
  })

  it('prints no control characters of other people’s names', () => {
    expect(table(['NAME'], [['a\u001b[31mb\u202ec\n']])).toBe('NAME\na [31mb c \n')
  })
})

describe('facts', () => {
  it('leave out what is not known', () =>
    expect(
      facts([
        ['Name', 'Ana'],
        ['Number', null],
        ['Id', ''],
      ]),
    ).toBe('Name  Ana\n'))
})
