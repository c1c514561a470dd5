import { describe, expect, it } from 'vitest'
import { formatPhone, typedPhone } from './phone.ts'
import { formatDateTime, formatDay, formatExact, formatListTime, formatRelative, formatSpan, formatUntil } from './time.ts'

const now = new Date(2026, 10, 24, 15, 30)
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)

describe('a phone number', () => {
  it.each([
    ['5511987654321', '+55 11 98765-4321'],
    ['551133334444', '+55 11 3333-4444'],
    ['14155552671', '+1 415 555-2671'],
    ['351912345678', '+351 912 345 678'],
    ['4915123456789', '+4915123456789'],
    ['123', '123'],
  ])('%s is written %s', (digits, written) => expect(formatPhone(digits)).toBe(written))

  it.each([
    ['(11) 98765-4321', '5511987654321'],
    ['11 3333-4444', '551133334444'],
    ['+55 11 98765-4321', '5511987654321'],
    ['5511987654321', '5511987654321'],
    ['0055 11 98765-4321', '5511987654321'],
    ['+1 415 555-2671', '14155552671'],
    ['0051 987 654 321', '51987654321'],
    ['+51 987 654 321', '51987654321'],
    // What no country has is for the server to refuse.
    ['011 98765-4321', '011987654321'],
    ['+55 ', '55'],
  ])('typed as %j is %s', (text, digits) => expect(typedPhone(text)).toBe(digits))
})

describe('a time', () => {
  it.each([
    [0, 'agora', 'now'],
    [45, 'há 45 segundos', '45 seconds ago'],
    [60, 'há 1 minuto', '1 minute ago'],
    [7100, 'há 1 hora', '1 hour ago'],
    [90_000, 'ontem', 'yesterday'],
    [-7200, 'em 2 horas', 'in 2 hours'],
  ])('%i seconds ago is "%s", "%s"', (seconds, pt, en) => {
    expect(formatRelative(ago(seconds), now, 'pt-BR')).toBe(pt)
    expect(formatRelative(ago(seconds), now, 'en')).toBe(en)
  })

  it('is short where there is little room', () => {
    expect(formatRelative(ago(1740), now, 'pt-BR', 'short')).toBe('há 29 min.')
    expect(formatRelative(ago(7100), now, 'en', 'short')).toBe('1 hr. ago')
  })

  it('heads a day by its name', () => {
    expect(formatDay(new Date(2026, 10, 24, 0, 1), now, 'pt-BR')).toBe('hoje')
    expect(formatDay(new Date(2026, 10, 23, 23, 59), now, 'pt-BR')).toBe('ontem')
    expect(formatDay(new Date(2026, 10, 22, 23, 59), now, 'pt-BR')).toBe('22 de novembro')
    expect(formatDay(new Date(2025, 10, 22), now, 'en')).toBe('November 22, 2025')
  })

  it('in a list is short', () => {
    expect(formatListTime(new Date(2026, 10, 24, 9, 5), now, 'pt-BR')).toBe('09:05')
    expect(formatListTime(new Date(2026, 10, 23, 0, 5), now, 'pt-BR')).toBe('ontem')
    expect(formatListTime(new Date(2026, 10, 1), now, 'pt-BR')).toBe('01/11/26')
  })

  it('is exact on hover, in the reader’s order', () => {
    expect(formatDateTime(now, 'pt-BR')).toBe('24/11/2026, 15:30')
    expect(formatDateTime(now, 'en')).toMatch(/^11\/24\/26, 3:30\sPM$/u)
    expect(formatExact(now, 'pt-BR')).toBe('24/11/2026, 15:30:00')
    expect(formatExact(now, 'en')).toMatch(/^11\/24\/26, 3:30:00\sPM$/u)
  })

  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [605, '10 min 5 s'],
    [7200, '2 h'],
    [180_061, '2 dias 2 h'],
  ])('of %i seconds lasts %s', (seconds, text) => expect(formatSpan(seconds, 'pt-BR')).toBe(text))

  it.each([
    // As one that was just set, for a page whose clock is a little behind.
    [-7215, '2 h', '2 hr'],
    [-7200, '2 h', '2 hr'],
    [-7199, '2 h', '2 hr'],
    [-7140, '1 h 59 min', '1 hr 59 min'],
    [-81, '2 min', '2 min'],
    [-61, '1 min', '1 min'],
    [-1, '1 min', '1 min'],
    [0, null, null],
    [5, null, null],
  ])('%i seconds from now is %j, %j away', (seconds, pt, en) => {
    expect(formatUntil(ago(seconds), now, 'pt-BR')).toBe(pt)
    expect(formatUntil(ago(seconds), now, 'en')).toBe(en)
  })
})
