import { afterEach, describe, expect, it, vi } from 'vitest'
import { kindName } from '../features/flow/kind.ts'
import { createPageI18n, loadLaterTexts, startTexts } from './load.ts'
import { textOf, type Translate } from './use-t.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('a text that may not be there', () => {
  it('is none, without a word in the console', async () => {
    // Elsewhere Lingui reads texts as they come, and never says a word.
    vi.stubEnv('NODE_ENV', 'production')
    const warn = vi.spyOn(console, 'warn')
    const i18n = createPageI18n()
    await startTexts(i18n, 'pt-BR')
    await loadLaterTexts(i18n)
    const t: Translate = (id, values) => i18n._(id, values)
    expect(textOf(t, 'flow.kind.text')).toBe('Mensagem')
    expect(textOf(t, 'flow.kind.foo')).toBeNull()
    expect(kindName('foo', t)).toBe('foo')
    expect(warn).not.toHaveBeenCalled()
  })
})
