import { VolumeInspect } from './answers.ts'
import { EngineAnswer, type EngineClient } from '@zaptria/docker'

/** Volumes are made here and never deleted (rule 1): the bot's session and its outbox are on them. */
export function createVolumes(client: EngineClient) {
  /** The engine gives volumes a size only where its disk counts by project: XFS mounted with pquota. Found out by the first try. */
  let canLimit: boolean | undefined

  const create = (name: string, labels: Record<string, string>, options: Record<string, string>): Promise<unknown> =>
    client.call('POST', '/volumes/create', { body: { Name: name, Driver: 'local', Labels: labels, DriverOpts: options } })

  return {
    async ensure(name: string, labels: Record<string, string>, bytes: number): Promise<void> {
      const found = await client.call('GET', `/volumes/${encodeURIComponent(name)}`).catch((error: unknown) => {
        if (error instanceof EngineAnswer && error.status === 404) return undefined
        throw error
      })
      if (found !== undefined) {
        VolumeInspect.parse(found)
        return
      }
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
    /** Undefined until the first volume was made. */
    limited: (): boolean | undefined => canLimit,
  }
}
export type Volumes = ReturnType<typeof createVolumes>
