import { VolumeId } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { createGrant } from './grant.ts'

const volumeId = VolumeId.parse('0190a6f0-0000-7000-8000-000000000001')
const other = VolumeId.parse('0190a6f0-0000-7000-8000-000000000002')
const setup = () => {
  let now = 1_000
  const epochs: number[] = []
  const grant = createGrant({ volumeId, monotonicMs: () => now, onEpoch: (epoch) => epochs.push(epoch) })
  return { grant, epochs, pass: (ms: number) => (now += ms) }
}

describe('grant', () => {
  it('is valid from its arrival for as long as it says', () => {
    const { grant, pass } = setup()
    expect(grant.valid()).toBe(false)
    grant.receive({ epoch: 1, volume_id: volumeId, ttl_ms: 45_000 })
    pass(44_999)
    expect(grant.valid()).toBe(true)
    pass(1)
    expect(grant.valid()).toBe(false)
    expect(grant.epoch()).toBe(1)
  })

  it('is counted from when it was asked for, however long it was on the way', () => {
    const { grant, pass } = setup()
    const asked_ms = 1_000
    pass(20_000)
    grant.receive({ epoch: 1, volume_id: volumeId, ttl_ms: 45_000, asked_ms })
    pass(24_999)
    expect(grant.valid()).toBe(true)
    pass(1)
    expect(grant.valid()).toBe(false)
    grant.receive({ epoch: 1, volume_id: volumeId, ttl_ms: 45_000, asked_ms })
    expect(grant.valid()).toBe(false)
    // Nobody was asked in the future.
    grant.receive({ epoch: 1, volume_id: volumeId, ttl_ms: 45_000, asked_ms: 1e9 })
    pass(45_000)
    expect(grant.valid()).toBe(false)
  })

  it('is renewed', () => {
    const { grant, pass, epochs } = setup()
    for (let n = 0; n < 10; n += 1) {
      grant.receive({ epoch: 4, volume_id: volumeId, ttl_ms: 45_000 })
      pass(15_000)
    }
    expect(grant.valid()).toBe(true)
    expect(epochs.at(-1)).toBe(4)
  })

  it('of another volume, or of an epoch that has passed, is none', () => {
    const { grant } = setup()
    grant.receive({ epoch: 2, volume_id: other, ttl_ms: 45_000 })
    expect(grant.valid()).toBe(false)
    grant.receive({ epoch: 2, volume_id: volumeId, ttl_ms: 0 })
    grant.receive({ epoch: 1, volume_id: volumeId, ttl_ms: 45_000 })
    expect(grant.valid()).toBe(false)
    expect(grant.epoch()).toBe(2)
  })

  it('ends when somebody else has it or nobody wants the bot, not when it is merely not its turn', () => {
    const { grant } = setup()
    const renew = () => grant.receive({ epoch: 1, volume_id: volumeId, ttl_ms: 45_000 })
    renew()
    grant.deny('admission')
    expect(grant.valid()).toBe(true)
    for (const reason of ['held_elsewhere', 'not_wanted'] as const) {
      renew()
      grant.deny(reason)
      expect(grant.valid()).toBe(false)
      expect(grant.denial()).toBe(reason)
    }
    renew()
    expect(grant.denial()).toBeNull()
  })
})
