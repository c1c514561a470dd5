import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPatience } from './patience.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const started = () => {
  const over = vi.fn<() => void>()
  const patience = createPatience(10, 35, over)
  patience.begin()
  return { patience, over, after: (ms: number) => vi.advanceTimersByTime(ms) }
}

it('is over when nothing gets on', () => {
  const { patience, over, after } = started()
  after(9)
  patience.begin()
  expect(over).not.toHaveBeenCalled()
  after(1)
  expect(over).toHaveBeenCalledOnce()
  after(100)
  expect(over).toHaveBeenCalledOnce()
})

it('lasts while it gets on, and not for ever', () => {
  const { patience, over, after } = started()
  for (const _ of [1, 2, 3]) {
    after(9)
    patience.progress()
  }
  expect(over).not.toHaveBeenCalled()
  after(8)
  expect(over).toHaveBeenCalledOnce()
})

it('is not over once it has ended, and can begin anew', () => {
  const { patience, over, after } = started()
  patience.end()
  patience.progress()
  after(100)
  expect(over).not.toHaveBeenCalled()
  patience.begin()
  after(10)
  expect(over).toHaveBeenCalledOnce()
})
