import { beforeEach, describe, expect, it, vi } from 'vitest'
import { setSingleKeys, shortcutOf } from './shortcuts.ts'

const key = (name: string, change: object = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...change,
})

describe('a shortcut', () => {
  beforeEach(() => {
    const kept = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (id: string) => kept.get(id) ?? null,
      setItem: (id: string, text: string) => kept.set(id, text),
    })
    return () => vi.unstubAllGlobals()
  })

  it('of Ctrl or Cmd works while one types, one of a single key does not', () => {
    expect(shortcutOf(key('k', { ctrlKey: true }), true)).toBe('palette')
    expect(shortcutOf(key('K', { metaKey: true }), false)).toBe('palette')
    expect(shortcutOf(key('k', { ctrlKey: true, shiftKey: true }), false)).toBeNull()
    expect(shortcutOf(key('?', { shiftKey: true }), false)).toBe('sheet')
    expect(shortcutOf(key('/'), false)).toBe('search')
    expect(shortcutOf(key('?', { shiftKey: true }), true)).toBeNull()
    expect(shortcutOf(key('k'), false)).toBeNull()
  })

  it('of a single key can be switched off', () => {
    setSingleKeys(false)
    expect(shortcutOf(key('?'), false)).toBeNull()
    expect(shortcutOf(key('k', { ctrlKey: true }), false)).toBe('palette')
    setSingleKeys(true)
    expect(shortcutOf(key('?'), false)).toBe('sheet')
  })
})
