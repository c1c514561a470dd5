import { BotState } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { lookAt } from './pairing.ts'

const none = { qr_code: null, pairing_code: null, expires_at: null, reason: 'boot' } as const

describe('a bot that is being paired', () => {
  it.each(BotState.options)('has something to say to who waits while it is %s', (state) => {
    const look = lookAt({ ...none, state })
    if (state === 'connected') expect(look).toEqual({ is: 'connected' })
    else if (state === 'banned') expect(look).toMatchObject({ is: 'over' })
    else expect(look).toEqual({ is: 'waiting', what: expect.stringMatching(/…$/) as string })
  })

  it('shows the code rather than a QR', () => {
    const at = '2026-11-29T12:00:00.000Z'
    expect(lookAt({ ...none, state: 'qr_ready', qr_code: '2@x', expires_at: at })).toEqual({ is: 'qr', qr: '2@x', expiresAt: at })
    expect(lookAt({ ...none, state: 'qr_ready', qr_code: '2@x', pairing_code: 'ABCD1234' })).toEqual({ is: 'code', code: 'ABCD1234' })
  })
})
