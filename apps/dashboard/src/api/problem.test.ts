import { ERRORS } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { createI18n } from '../i18n/setup.ts'
import { ApiError } from './client.ts'
import { problemText } from './problem.ts'

const i18n = createI18n('pt-BR')
const t = (id: string, values?: Record<string, string | number>) => i18n._(id, values)

describe('an error', () => {
  it.each(Object.keys(ERRORS))('%s has a sentence and an advice', (code) => {
    const { title, hint } = problemText(new ApiError({ code, status: 400 }), t)
    expect(title).toMatch(/^\p{Lu}.*\.$/u)
    expect(hint).toMatch(/^\p{Lu}.*\.$/u)
  })

  it('says how long to wait', () => {
    expect(problemText(new ApiError({ code: 'rate_limited', status: 429, retryAfterS: 12 }), t).hint).toBe(
      'Espere 12 segundos e tente de novo.',
    )
  })

  it('of a newer server is told by its status', () => {
    expect(problemText(new ApiError({ code: 'teapot', status: 418 }), t).title).toBe('O servidor não aceitou o pedido.')
    expect(problemText(new ApiError({ code: 'teapot', status: 500 }), t).title).toBe('Algo deu errado do nosso lado.')
  })

  it('of a field is told by its code, and by the server’s own words where that is not known', () => {
    const errors = [
      { path: 'url', message: 'is not an address that webhooks may go to', code: 'address_forbidden' },
      { path: 'name', message: 'is odd', code: 'oddness' },
      { path: 'other', message: 'is off' },
    ]
    expect(problemText(new ApiError({ code: 'validation_failed', status: 400, errors }), t).errors).toEqual([
      { path: 'url', message: 'leva a este servidor ou a uma rede privada; use um endereço público' },
      { path: 'name', message: 'is odd' },
      { path: 'other', message: 'is off' },
    ])
  })

  it('of the page itself shows no stack', () => {
    expect(problemText(new TypeError('x is undefined'), t)).toEqual({
      title: 'Esta página tropeçou.',
      hint: 'Recarregue-a. O que você já enviou está guardado.',
      errors: [],
    })
  })
})
