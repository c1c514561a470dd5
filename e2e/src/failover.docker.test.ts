import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DOCKER_LABEL } from '@zaptria/contract'
import type { Page, Server } from '@zaptria/contract'
import { dockerMissing, TEST_BOT_IMAGE } from '@zaptria/lab/testing'
import { describe, it } from 'vitest'
import { E2E_POOL, ownHost, sweep } from './docker.ts'
import { startSecondEngine } from './failover/second-engine.ts'
import { BOTS, outlive } from './failover/story.ts'
import { startFleet } from './faults/fleet.ts'

const missing = ownHost ? await dockerMissing() : 'TEST_OWN_HOST=1 says that a second engine may be started on this machine'
/** Of the bots' networks on the second engine. */
const SECOND_POOL = '10.214.0.0/16'

describe.skipIf(missing !== null)(`containers on two engines${missing === null ? '' : ` (${missing})`}`, () => {
  it(`an engine with ${BOTS} bots dies: all come back on the other one, without a scan; its return disturbs nothing`, async () => {
    await using stack = new AsyncDisposableStack()
    const engine = stack.use(await startSecondEngine(TEST_BOT_IMAGE))
    const fleet = await startFleet({
      replicas: 1,
      simulated: 0,
      real: 0,
      contacts: 2,
      host: engine.here,
      env: {
        ZAPTRIA_ENGINE: 'simulated',
        ZAPTRIA_DRIVER: 'docker',
        ZAPTRIA_BOTS_POOL: E2E_POOL,
        ZAPTRIA_BOT_IMAGE: TEST_BOT_IMAGE,
        ZAPTRIA_BOTS_HOST: '127.0.0.1',
        ZAPTRIA_MAX_STARTING: '5',
      },
    })
    const [heir] = (await fleet.call<Page<Server>>('GET', '/servers')).items
    stack.defer(() => sweep(heir!.id))
    stack.defer(() => fleet.close())
    const second = { name: 'second', driver: 'docker', address: engine.address, settings: { pool: SECOND_POOL } }
    const { id } = await fleet.call<Server>('POST', '/servers', second)
    const volumeOf = (name: string): string => join(engine.volumes(), name, '_data')
    await outlive(
      fleet,
      {
        id,
        die: () => engine.die(),
        dead: (bots) => bots.map((bot) => ({ bot, volume: volumeOf(bot.name) })),
        comeBack: () => engine.boot(),
        async instances() {
          const list = await engine.docker('ps', '--all', '--filter', `label=${DOCKER_LABEL.server}=${id}`, '--format', '{{.Names}}')
          return list.split('\n').filter((name) => name !== '')
        },
        volumeIsThere: ({ name }) => existsSync(volumeOf(name)) && readdirSync(volumeOf(name)).length > 0,
      },
      heir!,
    )
  }, 900_000)
})
