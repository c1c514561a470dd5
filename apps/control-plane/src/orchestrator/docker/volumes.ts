import { DOCKER_LABEL } from '@zaptria/contract'
import { VolumeInspect } from './answers.ts'
import { EngineAnswer, type EngineClient } from '@zaptria/docker'

/** Volumes are made here, and deleted for an erasure alone (rule 1): the bot's session and its outbox are on them. */
export function createVolumes(client: EngineClient) {
  /** The engine gives volumes a size only where its disk counts by project: XFS mounted with pquota. Found out by the first try. */
  let canLimit: boolean | undefined

  const create = (name: string, labels: Record<string, string>, options: Record<string, string>): Promise<unknown> =>
    client.call('POST', '/volumes/create', { body: { Name: name, Driver: 'local', Labels: labels, DriverOpts: options } })

  const path = (name: string): string => `/volumes/${encodeURIComponent(name)}`
  const find = async (name: string): Promise<VolumeInspect | null> => {
    const found = await client.call('GET', path(name)).catch(noneThere)
    return found === null ? null : VolumeInspect.parse(found)
  }

  return {
    async ensure(name: string, labels: Record<string, string>, bytes: number): Promise<void> {
      if ((await find(name)) !== null) return
      if (canLimit !== false) {
        try {
          await create(name, labels, { size: String(bytes) })
          canLimit = true
          return
        } catch (error) {
          if (!(error instanceof EngineAnswer && /quota|size/i.test(error.message))) throw error
          canLimit = false
        }
      }
      await create(name, labels, {})
    },
    /** Nothing to do when it is not there. Throws when it is somebody else's, or a container still uses it. */
    async erase(name: string): Promise<void> {
      const found = await find(name)
      if (found === null) return
      if (found.Labels[DOCKER_LABEL.bot] === undefined)
        throw new Error(
          `a volume named ${name} is there that Zaptria did not make: remove it by hand (docker volume rm ${name}) if it is the bot's`,
        )
      await client.call('DELETE', path(name)).catch(noneThere)
    },
    /** Undefined until the first volume was made. */
    limited: (): boolean | undefined => canLimit,
  }
}
export type Volumes = ReturnType<typeof createVolumes>

function noneThere(error: unknown): null {
  if (error instanceof EngineAnswer && error.status === 404) return null
  throw error
}
