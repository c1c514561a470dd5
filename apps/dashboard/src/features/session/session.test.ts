import { describe, expect, it } from 'vitest'
import { safeBack } from './session.ts'

describe('after signing in', () => {
  it.each([
    [undefined, '/'],
    ['/tenants/1/flow?x=1', '/tenants/1/flow?x=1'],
    ['https://evil.example', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/sign-in?token=1', '/'],
  ])('%s leads to %s', (back, to) => expect(safeBack(back)).toBe(to))
})
