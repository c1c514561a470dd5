import { beforeEach, expect, it } from 'vitest'
import { pending, type Pending } from './pending.ts'

const reply = (key: string, error: unknown = null): Pending => ({
  tenant: 't',
  key,
  body: key,
  at: '2026-11-29T12:00:00Z',
  replyTo: null,
  error,
})
const keysOf = (conversation: string): string[] => pending.of(conversation).map(({ key }) => key)

beforeEach(() => pending.clear())

it('replies of a conversation that was merged belong to the one that is left, once, however often that is learnt', () => {
  pending.put('a', reply('1'))
  pending.put('b', reply('2'))
  pending.merge('a', 'b')
  pending.merge('a', 'b')
  expect(keysOf('b')).toEqual(['2', '1'])
  // Whoever sends it still knows the old name.
  pending.put('a', reply('1', new Error('refused')))
  expect(pending.of('b').find(({ key }) => key === '1')?.error).toBeInstanceOf(Error)
  pending.merge('b', 'c')
  pending.drop('a', '1')
  expect([keysOf('a'), keysOf('b'), keysOf('c')]).toEqual([['2'], ['2'], ['2']])
})
