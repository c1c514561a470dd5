import { createEngineClient, runInContainer } from '@zaptria/docker'
import type { EngineAddress, EngineClient } from '@zaptria/docker'
import { z } from 'zod'
import { BackupError } from './errors.ts'
import { PgToolError, SAID_CHARS } from './tools.ts'
import type { PgTools } from './tools.ts'

const Containers = z.array(z.object({ Id: z.string() }))

/**
 * PostgreSQL's programs in the container of the database, of its very version: `name` is the container's, or Compose's `project/service`. They reach the
 * database as we do, by the socket at the same place.
 */
export function createContainerTools(address: EngineAddress, name: string): PgTools {
  const where = `the container ${name}`
  return {
    where,
    async *run(program, args, { env = {}, stdin, signal } = {}) {
      const client = createEngineClient(address)
      try {
        let words = ''
        const said = (text: string): void => void (words = (words + text).slice(-SAID_CHARS))
        const input = { ...(stdin === undefined ? {} : { stdin }), ...(signal === undefined ? {} : { signal }) }
        const code = yield* runInContainer(client, await find(client, name), { command: [program, ...args], env, ...input, said })
        if (code !== 0) throw new PgToolError(program, where, words.trim() === '' ? `it ended with ${code}` : words.trim())
      } finally {
        client.close()
      }
    },
  }
}

async function find(client: EngineClient, name: string): Promise<string> {
  const [project, service] = name.split('/')
  if (service === undefined) return name
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`, 'com.docker.compose.oneoff=False']
  const [found] = Containers.parse(await client.call('GET', '/containers/json', { query: { filters: { label } } }))
  if (found !== undefined) return found.Id
  throw new BackupError(
    `No container ${name} of Compose runs, whose pg_dump is wanted (POSTGRES_CONTAINER).`,
    'Start it, or correct the setting.',
  )
}
