import { BOTS_NETWORK } from '@zaptria/contract'
import { engineAddress, createEngineClient } from '@zaptria/docker'
import { createNetworks } from '../../apps/control-plane/src/orchestrator/docker/networks.ts'

/** Makes the address on which containers reach this host, and tells it. Throws a sentence for people when no engine answers. */
export async function prepareDocker(env: NodeJS.ProcessEnv): Promise<string> {
  const host = env['ZAPTRIA_DOCKER_HOST'] ?? env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
  const client = createEngineClient(engineAddress(host))
  try {
    const networks = createNetworks(client, { pool: env['ZAPTRIA_BOTS_POOL'] ?? BOTS_NETWORK.pool, subnetBits: BOTS_NETWORK.subnetBits })
    await networks.ensureHub()
    return networks.hubAddress
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`No Docker engine can be used at ${host}: ${why}. Start Docker, or leave ZAPTRIA_DRIVER=docker out.`, { cause: error })
  } finally {
    client.close()
  }
}
