import { BOT_IMAGE, BOTS_NETWORK } from '@zaptria/contract'
import { engineAddress, isLocal } from '../../apps/control-plane/src/orchestrator/docker/address.ts'
import { createEngineClient } from '../../apps/control-plane/src/orchestrator/docker/client.ts'
import { hostRanges, poolFault } from '../../apps/control-plane/src/orchestrator/docker/host.ts'
import { createImages, mayPull } from '../../apps/control-plane/src/orchestrator/docker/images.ts'
import { createNetworks, parsePool } from '../../apps/control-plane/src/orchestrator/docker/networks.ts'
import { engineEnv } from '../setup/engine.mjs'

/**
 * Looks whether bots can be made, on the engine that the settings name. Answers with the address on which its containers reach this machine, made
 * when it is missing; null when they run elsewhere. Throws a sentence for people.
 */
export async function prepareDocker(env: NodeJS.ProcessEnv): Promise<string | null> {
  const host = engineEnv(env).DOCKER_HOST
  const address = engineAddress(host, {
    certPath: env['ZAPTRIA_DOCKER_CERT_PATH'] ?? env['DOCKER_CERT_PATH'],
    sshConfig: env['ZAPTRIA_DOCKER_SSH_CONFIG'],
  })
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
    return networks.hubAddress
  } finally {
    client.close()
  }
}

const howToGet = (image: string, host: string): string =>
  host.startsWith('ssh:')
    ? `Build it (npm run image), then: docker save ${image} | ssh … docker load`
    : 'Build it there (npm run image), or set ZAPTRIA_BOT_IMAGE.'
