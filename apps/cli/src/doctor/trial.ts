import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { BOT_IMAGE, BOTS_NETWORK } from '@zaptria/contract'
import { EngineAnswer, type EngineClient, type EngineRequest } from '@zaptria/docker'
import { bounds, dotted } from '../host/ranges.ts'

/** On everything that a trial makes. */
export const TRIAL_LABEL = 'zaptria.doctor'
/** Networks of bots are handed out from the pool's start; these are the last ones, tried downwards when taken. */
const TRIES = 8

export type Net = { name: string; gateway: string }

/**
 * Networks and containers for a few seconds. What makes something is never cut off, also not by Ctrl-C, so that it can be removed:
 * `dispose` returns the commands that would remove what it could not.
 */
export class Trial {
  readonly #id = randomBytes(3).toString('hex')
  readonly #docker: EngineClient
  readonly #image: string
  readonly #pool: string
  readonly #signal: AbortSignal
  readonly #undo: (() => Promise<string | null>)[] = []
  #next = 1

  constructor(docker: EngineClient, { image, pool, signal }: { image: string; pool: string; signal: AbortSignal }) {
    this.#docker = docker
    this.#image = image
    this.#pool = pool
    this.#signal = signal
  }

  async network(): Promise<Net> {
    let why = ''
    while (this.#next <= TRIES) {
      const index = this.#next++
      const { subnet, gateway } = lastSubnet(this.#pool, index)
      const name = `zaptria-doctor-${this.#id}-${index}`
      const body = {
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
        Options: { 'com.docker.network.bridge.name': `${BOTS_NETWORK.bridgePrefix}d${index}${this.#id}` },
        Labels: { [TRIAL_LABEL]: '1' },
      }
      try {
        await this.#make('/networks/create', { body }, { path: `/networks/${name}`, command: `docker network rm ${name}` })
        return { name, gateway }
      } catch (error) {
        if (!(error instanceof EngineAnswer)) throw error
        why = error.message
      }
    }
    throw new Error(`no network could be made at the end of ${this.#pool}: ${why}`)
  }

  /** Runs `node` with these arguments, with as little allowed as bots are, and less. One container a network; it has the network's name. */
  async container({ name }: Net, argv: readonly string[]): Promise<void> {
    const body = {
      Image: this.#image,
      Entrypoint: ['node'],
      Cmd: argv,
      User: String(BOT_IMAGE.user),
      // What it prints comes as it is, not in frames.
      Tty: true,
      Labels: { [TRIAL_LABEL]: '1' },
      HostConfig: {
        NetworkMode: name,
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: 128 * 1024 ** 2,
        PidsLimit: 64,
      },
    }
    const undo = { path: `/containers/${name}`, query: { force: true, v: true }, command: `docker rm --force --volumes ${name}` }
    try {
      await this.#make('/containers/create', { query: { name }, body }, undo)
      await this.#docker.call('POST', `/containers/${name}/start`)
    } catch (error) {
      throw error instanceof EngineAnswer ? new Error(`a container could not be started: ${error.message}`, { cause: error }) : error
    }
    this.#signal.throwIfAborted()
  }

  async address({ name }: Net): Promise<string> {
    const { NetworkSettings } = (await this.#look('GET', `/containers/${name}/json`)) as {
      NetworkSettings: { Networks: Record<string, { IPAddress: string }> }
    }
    return NetworkSettings.Networks[name]?.IPAddress ?? ''
  }

  /** What a container printed, once it has ended. */
  async output({ name }: Net): Promise<string> {
    await this.#look('POST', `/containers/${name}/wait`)
    const logs = await this.#docker.open('GET', `/containers/${name}/logs`, { query: { stdout: true, stderr: true }, signal: this.#signal })
    let text = ''
    for await (const chunk of logs.setEncoding('utf8')) text += String(chunk)
    return text
  }

  #look(method: 'GET' | 'POST', path: string): Promise<unknown> {
    return this.#docker.call(method, path, { signal: this.#signal })
  }

  /** A port of this machine that answers, on all its addresses, for as long as the trial takes. */
  async listen(): Promise<number> {
    const server = createServer((socket) => socket.on('error', () => {}).end())
    await new Promise<void>((done, reject) => server.once('error', reject).listen(0, '0.0.0.0', done))
    this.#undo.push(() => new Promise((done) => server.close(() => done(null))))
    return (server.address() as AddressInfo).port
  }

  async dispose(): Promise<string[]> {
    const left: string[] = []
    for (const undo of this.#undo.toReversed()) {
      const command = await undo()
      if (command !== null) left.push(command)
    }
    return left
  }

  async #make(
    path: string,
    request: EngineRequest,
    undo: { path: string; query?: EngineRequest['query']; command: string },
  ): Promise<void> {
    this.#signal.throwIfAborted()
    this.#undo.push(() =>
      this.#docker.call('DELETE', undo.path, undo.query === undefined ? {} : { query: undo.query }).then(
        () => null,
        // What was never made is no fault.
        (error: unknown) => (error instanceof EngineAnswer && error.status === 404 ? null : undo.command),
      ),
    )
    await this.#docker.call('POST', path, request)
    this.#signal.throwIfAborted()
  }
}

/** The pool's last subnets, counted from its end. */
export function lastSubnet(pool: string, index: number): { subnet: string; gateway: string } {
  const first = bounds(pool)[1] + 1 - index * 2 ** (32 - BOTS_NETWORK.subnetBits)
  return { subnet: `${dotted(first)}/${BOTS_NETWORK.subnetBits}`, gateway: dotted(first + 1) }
}
