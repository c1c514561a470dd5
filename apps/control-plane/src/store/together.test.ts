import { describe, expect, it } from 'vitest'
import { together } from './together.ts'

describe('statements on their way together', () => {
  it('give their answers in order', async () => {
    expect(await together(Promise.resolve(1), 'two', undefined)).toEqual([1, 'two', undefined])
  })

  it('have all ended when one of them fails', async () => {
    const slow = Promise.withResolvers<string>()
    let over = false
    const failing = together(Promise.reject(new Error('first')), slow.promise)
    void failing.catch(() => (over = true))
    await new Promise(setImmediate)
    expect(over).toBe(false)
    slow.resolve('done')
    await expect(failing).rejects.toThrow('first')
  })
})
