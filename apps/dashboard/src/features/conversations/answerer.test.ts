import { describe, expect, it } from 'vitest'
import { makeMessage } from '../../testing/world.ts'
import { writes } from './answerer.ts'

const said = (author: 'contact' | 'flow' | 'person' | 'owner' | 'api', at: string) =>
  makeMessage('01920000-0000-7000-8000-0000000000aa', 'oi', { author, from_me: author !== 'contact', at: `2026-11-24T${at}.000Z` })

describe('who writes where the bot is silent', () => {
  it.each([
    ['a person from here', [said('contact', '12:05:00'), said('person', '12:00:00')], 'person'],
    ['the owner, on the phone', [said('owner', '12:03:00'), said('person', '12:00:00')], 'owner'],
    ['whose message came before the bot fell silent, as it always does', [said('owner', '11:59:50')], 'owner'],
    ['nobody yet: that was before', [said('contact', '12:05:00'), said('person', '11:30:00')], null],
    ['nobody: flows and programs are no persons', [said('api', '12:05:00'), said('flow', '12:05:00')], null],
    ['nobody that is known', [], null],
  ])('%s', (_, messages, who) => expect(writes(messages, '2026-11-24T12:00:00.000Z')).toBe(who))
})
