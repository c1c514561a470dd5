import { Hint } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { keys } from '../../api/keys.ts'
import { staleKeys } from './live.ts'

describe('a hint', () => {
  it('makes stale what shows the thing', () => {
    expect(staleKeys({ noun: 'bot', id: 'b', tenant_id: 't' })).toEqual([keys.bot('t'), keys.snapshots('t')])
    expect(staleKeys({ noun: 'message', id: 'c', tenant_id: 't' })).toEqual([keys.messages('t', 'c'), keys.conversations('t')])
    expect(staleKeys({ noun: 'alert', id: 'a', tenant_id: null })).toEqual([keys.alerts])
  })

  it('of every noun is known', () => {
    for (const noun of Hint.shape.noun.options) expect(staleKeys({ noun, id: 'x', tenant_id: 't' }).length).toBeGreaterThan(0)
  })
})
