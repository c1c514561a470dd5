import { describe, expect, it } from 'vitest'
import { makeMessage, uuid } from '../../testing/world.ts'
import { countedReactions, ownReaction, whatCanBeDone } from './what-can-be-done.ts'

const NOW = Date.parse('2026-11-29T12:00:00Z')
const minutesAgo = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString()

describe('what can be done to a message', () => {
  it.each([
    ['theirs', { at: minutesAgo(1) }, { react: true, edit: false, delete: false }],
    ['ours, just now', { from_me: true, status: 'read', at: minutesAgo(1) }, { react: true, edit: true, delete: true }],
    ['ours, a file', { from_me: true, status: 'read', type: 'image', at: minutesAgo(1) }, { react: true, edit: false, delete: true }],
    ['ours, of half an hour ago', { from_me: true, status: 'accepted', at: minutesAgo(30) }, { react: true, edit: false, delete: true }],
    [
      'ours, of three days ago',
      { from_me: true, status: 'read', at: minutesAgo(3 * 24 * 60) },
      { react: true, edit: false, delete: false },
    ],
    ['ours, that waits', { from_me: true, status: 'queued', at: minutesAgo(1) }, { react: false, edit: false, delete: false }],
    ['deleted', { deleted_at: minutesAgo(1), at: minutesAgo(2) }, { react: false, edit: false, delete: false }],
  ] as const)('%s', (_, change, possible) => {
    expect(whatCanBeDone(makeMessage(uuid(), 'oi', change), NOW)).toEqual(possible)
  })
})

describe('reactions', () => {
  it('are counted, the most first, and say which is ours', () => {
    const reaction = (emoji: string, from_me: boolean) => ({ emoji, from_me, sender: null, at: minutesAgo(1) })
    const message = makeMessage(uuid(), 'oi', { reactions: [reaction('😂', false), reaction('👍', false), reaction('👍', true)] })
    expect(countedReactions(message)).toEqual([
      { emoji: '👍', count: 2, mine: true },
      { emoji: '😂', count: 1, mine: false },
    ])
    expect([ownReaction(message), ownReaction(makeMessage(uuid(), 'oi'))]).toEqual(['👍', ''])
  })
})
