import { BOT_IMAGE, DOCKER_LABEL } from '@zaptria/contract'
import { EngineAnswer, type EngineClient } from '@zaptria/docker'
import { Header } from 'tar'
import { z } from 'zod'
import type { ProofFile, ProofSpec } from '../port.ts'
import { Created, ImageCommand } from './answers.ts'
import { confinement, type ContainerSettings } from './container.ts'
import { logText } from './logs.ts'

const BLOCK = 512
const START_MS = 60_000
/** The whole archive goes before the engine answers. */
const UPLOAD_MS = 10 * 60_000

const Waited = z.object({ StatusCode: z.number() })
const Listed = z.array(z.object({ Id: z.string() }))

/** Runs a proof in a container of the bots' image: as confined as a bot, and without a network. Its volume is its own and goes with it. */
export async function proveInContainer(
  client: EngineClient,
  image: string,
  settings: Pick<ContainerSettings, 'serverId' | 'seccompProfile' | 'command'>,
  spec: ProofSpec,
): Promise<string> {
  const drop = (id: string): Promise<unknown> => client.call('DELETE', `/containers/${id}`, { query: { force: true, v: true } })
  const filters = { label: [`${DOCKER_LABEL.proof}=${settings.serverId}`] }
  for (const { Id } of Listed.parse(await client.call('GET', '/containers/json', { query: { all: true, filters } }))) await drop(Id)

  const { Config } = ImageCommand.parse(await client.call('GET', `/images/${image}/json`))
  const body = {
    Image: image,
    Cmd: [...(settings.command ?? Config.Cmd), 'prove', BOT_IMAGE.volume],
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Labels: { [DOCKER_LABEL.proof]: settings.serverId },
    Healthcheck: { Test: ['NONE'] },
    NetworkDisabled: true,
    HostConfig: {
      ...confinement(spec.limits, settings.seccompProfile),
      NetworkMode: 'none',
      Mounts: [{ Type: 'volume', Target: BOT_IMAGE.volume }],
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    },
  }
  const { signal } = spec
  const { Id: id } = Created.parse(await client.call('POST', '/containers/create', { body, timeoutMs: START_MS }))
  try {
    const stream = { type: 'application/x-tar', bytes: tarOf(spec.files) }
    await client.call('PUT', `/containers/${id}/archive`, { query: { path: BOT_IMAGE.volume }, stream, signal, timeoutMs: UPLOAD_MS })
    await client.call('POST', `/containers/${id}/start`, { timeoutMs: START_MS })
    // The engine answers with the head at once, and with the rest at the end.
    const waited = Waited.parse(await client.call('POST', `/containers/${id}/wait`, { signal }))
    const output = async (which: 'stdout' | 'stderr'): Promise<string> => {
      const response = await client.open('GET', `/containers/${id}/logs`, { query: { [which]: true, tail: 20 } })
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      return logText(Buffer.concat(chunks))
    }
    if (waited.StatusCode !== 0)
      throw new Error(`the proof ended with ${waited.StatusCode}: ${(await output('stderr')).trim().slice(-500)}`)
    return await output('stdout')
  } finally {
    await drop(id).catch((error: unknown) => {
      if (!(error instanceof EngineAnswer && error.status === 404)) throw error
    })
  }
}

/** The bot's own files, as a tar that is never whole anywhere here. */
async function* tarOf(files: readonly ProofFile[]): AsyncGenerator<Uint8Array> {
  for (const { name, sizeBytes, bytes } of files) {
    const header = new Header({
      path: name,
      size: sizeBytes,
      mode: 0o600,
      uid: BOT_IMAGE.user,
      gid: BOT_IMAGE.user,
      type: 'File',
      mtime: new Date(0),
    })
    header.encode()
    yield header.block ?? Buffer.alloc(BLOCK)
    let size = 0
    for await (const chunk of bytes) {
      size += chunk.length
      yield chunk
    }
    if (size !== sizeBytes) throw new Error(`${name} has ${size} bytes instead of ${sizeBytes}`)
    yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
  }
  yield Buffer.alloc(2 * BLOCK)
}
