import type { Hint } from '@zaptria/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { COALESCE_MS, MAX_WAITING, STALL_MS, createHintStream } from './sse.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount(), 'timers that outlive their stream').toBe(0)
  vi.useRealTimers()
})

function client() {
  const got: string[] = []
  let drain: (() => void) | undefined
  const state = { full: false, ended: false, destroyed: false }
  return {
    got,
    state,
    hints: () => got.flatMap((text) => [...text.matchAll(/^data: (.+)$/gm)].map((match) => JSON.parse(match[1]!) as Hint)),
    drained: () => {
      state.full = false
      drain?.()
    },
    sink: {
      write: (text: string) => {
        got.push(text)
        return !state.full
      },
      once: (_: 'drain', listener: () => void) => void (drain = listener),
      end: () => void (state.ended = true),
      destroy: () => void (state.destroyed = true),
    },
  }
}
const hint = (id: string, version: number): Hint => ({ noun: 'message', id, tenant_id: 't', version: String(version) })

describe('hint stream', () => {
  it('sends the newest of several hints of one thing', () => {
    const { sink, hints } = client()
    const stream = createHintStream(sink)
    for (let version = 1; version <= 100; version++) stream.push(hint('a', version))
    stream.push(hint('b', 1))
    vi.advanceTimersByTime(COALESCE_MS)
    expect(hints()).toEqual([hint('a', 100), hint('b', 1)])
    stream.push(hint('a', 101))
    vi.advanceTimersByTime(COALESCE_MS)
    expect(hints().at(-1)).toEqual(hint('a', 101))
    stream.close()
  })

  it('writes nothing to a client that does not keep up, and goes on when it does', () => {
    const { sink, hints, got, state, drained } = client()
    const stream = createHintStream(sink)
    state.full = true
    stream.push(hint('a', 1))
    vi.advanceTimersByTime(COALESCE_MS)
    const written = got.length
    for (let version = 2; version <= 50; version++) stream.push(hint('a', version))
    stream.beat()
    vi.advanceTimersByTime(STALL_MS - COALESCE_MS - 1)
    expect(got).toHaveLength(written)
    drained()
    vi.advanceTimersByTime(COALESCE_MS)
    expect(hints()).toEqual([hint('a', 1), hint('a', 50)])
    stream.close()
  })

  it('drops a client that takes nothing for long', () => {
    const { sink, state } = client()
    const dropped = vi.fn()
    const stream = createHintStream(sink, dropped)
    state.full = true
    stream.push(hint('a', 1))
    vi.advanceTimersByTime(COALESCE_MS + STALL_MS)
    expect([state.destroyed, dropped.mock.calls.length]).toEqual([true, 1])
    stream.push(hint('a', 2))
    stream.beat()
    stream.close()
    expect(state.ended).toBe(false)
  })

  it('drops a client that has too much to fetch', () => {
    const { sink, state } = client()
    const stream = createHintStream(sink)
    for (let nr = 0; nr <= MAX_WAITING; nr++) stream.push(hint(String(nr), 1))
    expect(state.destroyed).toBe(true)
  })

  it('ends when hints were missed, so that the client fetches everything again', () => {
    const { sink, state } = client()
    const stream = createHintStream(sink)
    stream.push(hint('a', 1))
    stream.missed()
    expect(state.ended).toBe(true)
  })

  it('beats by comments', () => {
    const { sink, got } = client()
    const stream = createHintStream(sink)
    stream.beat()
    expect(got.at(-1)).toBe(': beat\n\n')
    stream.close()
  })
})
