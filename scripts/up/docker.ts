import { BOTS_NETWORK } from '@zaptria/contract'
import { createEngineClient, engineAddress, engineOf, isLocal } from '@zaptria/docker'
import { createNetworks } from '../../apps/control-plane/src/orchestrator/docker/networks.ts'

export type Hub = {
  /** On which containers reach this host. */
  address: string
  pool: string
  /** The engine is this machine's, and so are the rules for its bots. */
  local: boolean
}

/** Makes the address on which containers reach this host, and tells it. Throws a sentence for people when no engine answers. */
export async function prepareDocker(env: NodeJS.ProcessEnv): Promise<Hub> {
  const { text: host, files } = engineOf(env)
  const pool = env['ZAPTRIA_BOTS_POOL'] ?? BOTS_NETWORK.pool
  const address = engineAddress(host, files)
  const client = createEngineClient(address)
  try {
    const networks = createNetworks(client, { pool, subnetBits: BOTS_NETWORK.subnetBits })
    await networks.ensureHub()
    return { address: networks.hubAddress, pool, local: isLocal(address) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`No Docker engine can be used at ${host}: ${why}. Start Docker, or leave ZAPTRIA_DRIVER=docker out.`, { cause: error })
  } finally {
    client.close()
  }
}
