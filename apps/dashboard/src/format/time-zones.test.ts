import { describe, expect, it } from 'vitest'
import { timeZones } from './time-zones.ts'

const NOW = new Date('2026-11-30T12:00:00.000Z')

describe('time zones', () => {
  it('begin with those of Brazil, each with its distance from UTC', () => {
    const { brazil, others } = timeZones('America/Sao_Paulo', 'pt-BR', NOW)
    expect(brazil[0]).toEqual({ id: 'America/Sao_Paulo', label: 'America/Sao Paulo (GMT-3)' })
    expect(brazil.map(({ id }) => id)).toContain('America/Noronha')
    expect(others.map(({ id }) => id)).not.toContain('America/Sao_Paulo')
    expect(others).toContainEqual({ id: 'Asia/Tokyo', label: 'Asia/Tokyo (GMT+9)' })
  })

  it('have every one of Brazil that there is, and the one that is set', () => {
    const { brazil, others } = timeZones('Etc/GMT+7', 'en', NOW)
    const known = Intl.supportedValuesOf('timeZone')
    expect(brazil.filter(({ id }) => !known.includes(id))).toEqual([])
    expect(others.map(({ id }) => id)).toContain('Etc/GMT+7')
  })
})
