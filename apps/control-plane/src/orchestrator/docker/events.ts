import { setTimeout as delay } from 'node:timers/promises'
import { DOCKER_LABEL } from '@zaptria/contract'
import { EngineEvent } from './answers.ts'
import type { EngineClient } from '@zaptria/docker'

const RETRY_MS = { first: 500, most: 10_000 }
const ACTIONS = ['create', 'start', 'die', 'oom', 'pause', 'unpause', 'update', 'rename', 'destroy', 'health_status']

/**
 * Tells the names of our containers whenever something happens to one, for as long as `signal` lets it. The stream breaks, engines restart, and
 * events of that time are gone: each new connection begins with all names, because anything may have happened.
 */
export async function watchEvents(
  client: EngineClient,
  { serverId, all, heard, signal }: { serverId: string; all: () => Promise<string[]>; heard: (name: string) => void; signal: AbortSignal },
): Promise<void> {
  const filters = { type: ['container'], label: [`${DOCKER_LABEL.server}=${serverId}`], event: ACTIONS }
  let pause = RETRY_MS.first
  while (!signal.aborted) {
    try {
      // Opened first, listed second: what happens in between is told by the stream.
      const stream = client.lines('GET', '/events', { query: { filters }, signal })
      const first = stream.next()
      first.catch(() => {})
      for (const name of await all()) heard(name)
      pause = RETRY_MS.first
      for (let next = await first; next.done !== true; next = await stream.next()) {
        const { name } = EngineEvent.parse(next.value).Actor.Attributes
        if (name !== undefined) heard(name)
      }
    } catch {
      // The engine is away, which whoever asks it next is told; here it is only waited for.
    }
    await delay(pause, undefined, { signal }).catch(() => {})
    pause = Math.min(pause * 2, RETRY_MS.most)
  }
}
