import { BOT_IMAGE, BOTS_NETWORK } from '@zaptria/contract'
import { createEngineClient, engineAddress, engineOf, isLocal } from '@zaptria/docker'
import { hostRanges, poolFault } from '../../apps/control-plane/src/orchestrator/docker/host.ts'
import { createImages, mayPull } from '../../apps/control-plane/src/orchestrator/docker/images.ts'
import { createNetworks, parsePool } from '../../apps/control-plane/src/orchestrator/docker/networks.ts'

/** `address`: on which containers reach this host. */
export type Hub = { address: string; pool: string }

/**
 * Looks whether bots can be made, on the engine that the settings name. Answers with the way from its containers to this machine, made when it is
 * missing; null when they run elsewhere. Throws a sentence for people.
 */
export async function prepareDocker(env: NodeJS.ProcessEnv): Promise<Hub | null> {
  const { text: host, files } = engineOf(env)
  const address = engineAddress(host, files)
  const client = createEngineClient(address)
  try {
    await client.knock().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`No Docker engine can be used at ${host}: ${why}. Start Docker, or leave ZAPTRIA_DRIVER=docker out.`, {
        cause: error,
      })
    })
    const image = env['ZAPTRIA_BOT_IMAGE'] ?? `${BOT_IMAGE.name}:latest`
    // What may be pulled is pulled when the first bot needs it.
    if (!mayPull(image) && (await createImages(client, undefined).known(image)) === null)
      throw new Error(`The engine ${host} has no image ${image}. ${howToGet(image, host)}`)
    if (!isLocal(address)) return null
    const settings = { pool: env['ZAPTRIA_BOTS_POOL'] ?? BOTS_NETWORK.pool, subnetBits: BOTS_NETWORK.subnetBits }
    const fault = poolFault(parsePool(settings.pool, settings.subnetBits), settings.subnetBits, await hostRanges())
    if (fault !== null) throw new Error(`Bots cannot be made here: ${fault}.`)
    const networks = createNetworks(client, settings)
    await networks.ensureHub()
    return { address: networks.hubAddress, pool: settings.pool }
  } finally {
    client.close()
  }
}

const howToGet = (image: string, host: string): string =>
  host.startsWith('ssh:')
    ? `Build it (npm run image), then: docker save ${image} | ssh … docker load`
    : 'Build it there (npm run image), or set ZAPTRIA_BOT_IMAGE.'
