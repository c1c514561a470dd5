import { setTimeout as delay } from 'node:timers/promises'
import { DOCKER_LABEL } from '@zaptria/contract'
import { EngineEvent } from './answers.ts'
import type { EngineClient } from '@zaptria/docker'
import { ending } from './report.ts'

const RETRY_MS = { first: 500, most: 10_000 }
const ACTIONS = ['create', 'start', 'die', 'oom', 'pause', 'unpause', 'update', 'rename', 'destroy', 'health_status']

/** The kernel's kill comes first, the end that it made right after. */
const OOM_BEFORE_END_MS = 10_000

type Watch = {
  serverId: string
  all: () => Promise<string[]>
  heard: (name: string) => void
  /** It ended by itself, or was ended; what is running again by now does not know how. */
  ended: (name: string, how: string) => void
  /** Once each way: why it cannot be reached, and null when it answers again. */
  engine: (away: Error | null) => void
  signal: AbortSignal
}

/**
 * Tells the names of our containers whenever something happens to one, for as long as `signal` lets it. The stream breaks, engines restart, and
 * events of that time are gone: each new connection begins with all names, because anything may have happened.
 */
export async function watchEvents(client: EngineClient, { serverId, all, heard, ended, engine, signal }: Watch): Promise<void> {
  const filters = { type: ['container'], label: [`${DOCKER_LABEL.server}=${serverId}`], event: ACTIONS }
  const outOfMemory = new Map<string, number>()
  const take = ({ Action, Actor, timeNano }: EngineEvent): void => {
    const { name, exitCode } = Actor.Attributes
    if (name === undefined) return
    const atMs = timeNano / 1e6
    if (Action === 'oom') outOfMemory.set(name, atMs)
    if (Action === 'die' && exitCode !== undefined) {
      const oom = atMs - (outOfMemory.get(name) ?? Number.NEGATIVE_INFINITY) < OOM_BEFORE_END_MS
      outOfMemory.delete(name)
      ended(name, ending({ OOMKilled: oom, ExitCode: Number(exitCode), Error: '' }))
    }
    heard(name)
  }
  let pause = RETRY_MS.first
  let away = false
  while (!signal.aborted) {
    let answered = false
    try {
      // Opened first, listed second: what happens in between is told by the stream.
      const stream = client.lines('GET', '/events', { query: { filters }, signal })
      const first = stream.next()
      first.catch(() => {})
      for (const name of await all()) heard(name)
      if (away) engine(null)
      away = false
      answered = true
      pause = RETRY_MS.first
      for (let next = await first; next.done !== true; next = await stream.next()) take(EngineEvent.parse(next.value))
    } catch (error) {
      // A stream that broke says nothing yet: the next try does.
      if (!answered && !away && !signal.aborted) {
        away = true
        engine(error instanceof Error ? error : new Error(String(error)))
      }
    }
    await delay(pause, undefined, { signal }).catch(() => {})
    pause = Math.min(pause * 2, RETRY_MS.most)
  }
}
