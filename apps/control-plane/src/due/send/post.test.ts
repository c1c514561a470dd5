import { describe, expect, it } from 'vitest'
import { outcomeOf } from './post.ts'

describe('an answer', () => {
  const nowMs = Date.parse('2026-11-24T10:00:00Z')
  it.each<[status: number, retryAfter: string | undefined, text: string | null, expected: object]>([
    [200, undefined, '{"success":true}', { kind: 'accepted', messageId: null }],
    [202, undefined, '{"success":true,"message_id":"3EB0"}', { kind: 'accepted', messageId: '3EB0' }],
    [200, undefined, '{"success":false,"error":"no"}', { kind: 'failed', detail: 'no' }],
    [200, undefined, null, { kind: 'unknown' }],
    [429, '2', null, { kind: 'later', retryAfterMs: 2000, refused: false }],
    [503, 'Tue, 24 Nov 2026 10:01:00 GMT', '', { kind: 'later', retryAfterMs: 60_000 }],
    [503, 'Tue, 24 Nov 2026 09:00:00 GMT', '', { kind: 'later', retryAfterMs: 0 }],
    [503, '999999999999', '', { kind: 'later', retryAfterMs: 3_600_000 }],
    [409, 'soon', '', { kind: 'later', retryAfterMs: null, detail: 'the bot answered 409' }],
    [401, undefined, '{"error":"Unauthorized"}', { kind: 'later', refused: true }],
    [404, undefined, '<html>', { kind: 'failed', reason: 'engine_error', detail: 'the bot answered 404' }],
    [500, undefined, '<html>', { kind: 'unknown' }],
    [500, undefined, '{"error":"page"}', { kind: 'failed', detail: 'page' }],
    [502, undefined, '{"error":"bad gateway"}', { kind: 'unknown', detail: 'bad gateway' }],
  ])('%i (Retry-After %s) %s', (status, retryAfter, text, expected) => {
    expect(outcomeOf({ status, retryAfter, text, nowMs })).toMatchObject(expected)
  })
})
