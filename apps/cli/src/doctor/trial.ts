import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { BOT_IMAGE, BOTS_NETWORK } from '@zaptria/contract'
import { ipv4, POOL } from '../host/rules.ts'
import { runProgram } from './machine.ts'

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
  readonly #image: string
  readonly #signal: AbortSignal
  readonly #undo: (() => Promise<string | null>)[] = []
  #next = 1

  constructor(image: string, signal: AbortSignal) {
    this.#image = image
    this.#signal = signal
  }

  async network(): Promise<Net> {
    let why = ''
    while (this.#next <= TRIES) {
      const index = this.#next++
      const { subnet, gateway } = lastSubnet(index)
      const name = `zaptria-doctor-${this.#id}-${index}`
      const bridge = `${BOTS_NETWORK.bridgePrefix}d${index}${this.#id}`
      const options = flags({ subnet, gateway, label: `${TRIAL_LABEL}=1`, opt: `com.docker.network.bridge.name=${bridge}` })
      const { code, stderr } = await this.#make(['network', 'create', '--driver', 'bridge', ...options, name], ['network', 'rm', name])
      if (code === 0) return { name, gateway }
      why = stderr.trim()
    }
    throw new Error(`no network could be made at the end of ${POOL}: ${why}`)
  }

  /** Runs `node` with these arguments, with as little allowed as bots are, and less. One container a network; it has the network's name. */
  async container({ name }: Net, argv: readonly string[]): Promise<void> {
    const place = flags({ pull: 'never', name, label: `${TRIAL_LABEL}=1`, network: name, entrypoint: 'node' })
    const walls = flags({ user: String(BOT_IMAGE.user), 'cap-drop': 'ALL', 'security-opt': 'no-new-privileges' })
    const limits = ['--read-only', ...flags({ memory: '128m', 'pids-limit': '64' })]
    const run = ['run', '--detach', ...place, ...walls, ...limits, this.#image, ...argv]
    const { code, stderr } = await this.#make(run, ['rm', '--force', '--volumes', name])
    if (code !== 0) throw new Error(`a container could not be started: ${stderr.trim()}`)
  }

  /** What a container printed, once it has ended. */
  async output({ name }: Net): Promise<string> {
    await this.look(['wait', name])
    return this.look(['logs', name])
  }

  async look(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runProgram('docker', args, this.#signal)
    this.#signal.throwIfAborted()
    if (code !== 0) throw new Error(`docker ${args[0]} failed: ${stderr.trim()}`)
    return stdout
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

  async #make(make: readonly string[], undo: readonly string[]): Promise<{ code: number | null; stderr: string }> {
    this.#signal.throwIfAborted()
    this.#undo.push(async () => {
      const { code, stderr } = await runProgram('docker', undo)
      // What was never made is no fault.
      return code === 0 || /no such|not found/i.test(stderr) ? null : `docker ${undo.join(' ')}`
    })
    const ran = await runProgram('docker', make)
    this.#signal.throwIfAborted()
    return ran
  }
}

/** The pool's last subnets, counted from its end. */
export function lastSubnet(index: number): { subnet: string; gateway: string } {
  const [base = '', bits = ''] = POOL.split('/')
  const first = ipv4(base) + 2 ** (32 - Number(bits)) - index * 2 ** (32 - BOTS_NETWORK.subnetBits)
  return { subnet: `${dotted(first)}/${BOTS_NETWORK.subnetBits}`, gateway: dotted(first + 1) }
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

function flags(of: Record<string, string>): string[] {
  return Object.entries(of).flatMap(([key, value]) => [`--${key}`, value])
}
