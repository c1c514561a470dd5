import { describe, expect, it } from 'vitest'
import { oustedStep } from './ousted.ts'
import type { OustedSeen, OustedStep } from './ousted.ts'

const seen = (more: Partial<OustedSeen>): OustedSeen => ({
  instance: 'running',
  desired: 'running',
  heldSession: true,
  drained: false,
  revived: false,
  wellMs: 60_000,
  wordlessMs: 0,
  ...more,
})

describe('what was left behind on a server that is heard again', () => {
  it.each<[string, Partial<OustedSeen>, OustedStep]>([
    ['runs: it delivers', {}, 'wait'],
    ['is being made: it will deliver', { instance: 'creating' }, 'wait'],
    ['has delivered all: it goes', { drained: true }, 'remove'],
    ['has said nothing for long: it goes', { wordlessMs: 600_000 }, 'remove'],
    ['had said something a while ago: it may have more', { wordlessMs: 599_999 }, 'wait'],
    ['has ended with a session’s outbox: it is started once more', { instance: 'exited' }, 'revive'],
    ['is not there, its volume may be: it is started once more', { instance: 'absent' }, 'revive'],
    ['is not there yet: its server may start it', { instance: 'absent', wellMs: 29_999 }, 'wait'],
    ['has ended again: it goes', { instance: 'exited', revived: true }, 'remove'],
    ['never held the session: it goes', { instance: 'exited', heldSession: false }, 'remove'],
    ['never held the session and is not there', { instance: 'absent', heldSession: false }, 'gone'],
    ['has delivered all and is not there', { instance: 'absent', drained: true }, 'gone'],
    ['was started once more and is not there', { instance: 'absent', revived: true }, 'gone'],
    ['is of a bot that nobody wants: it goes', { desired: 'removed' }, 'remove'],
    ['is of a bot that was stopped: it delivers', { desired: 'stopped', instance: 'exited' }, 'revive'],
    ['cannot be told: nothing is done', { instance: 'unknown', drained: true, desired: 'removed' }, 'wait'],
  ])('%s', (_, more, step) => {
    expect(oustedStep(seen(more))).toBe(step)
  })
})
