import { createServer, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { BOT_IMAGE, BOTS_NETWORK } from '@zaptria/contract'
import type { Address } from '../host/rules.ts'
import { DEFAULT_LISTENER, HUB, ipv4, POOL } from '../host/rules.ts'
import type { Finding, Outcome } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import { ANSWER, connectArgs } from './connect.ts'
import { botImages } from './docker.ts'
import type { Machine } from './machine.ts'
import { json, runProgram } from './machine.ts'

export type ProbeOptions = { image: string | undefined; internet: Address; privates: readonly Address[]; listener: Address | undefined }

export const LABEL = 'zaptria.doctor'
const PATIENCE_MS = 3_000
const NEIGHBOUR_PORT = 8080
/** Networks of bots are handed out from the pool's start; these are the last ones, tried downwards when taken. */
const TRIES = 8

/** One place that a bot tries to reach. */
export type Attempt = { id: string; title: string; target: string; must: 'reach' | 'fail' | 'reach if possible' }

/** What an attempt's answer means. `answer` is undefined when the bot's side did not report. */
export function judge({ target, must }: Attempt, answer: string | undefined): Outcome {
  if (answer === undefined)
    return fail(`the attempt on ${target} was not made`, 'Run doctor again; if this stays, see docker logs and dmesg')
  const reached = answer === 'connected'
  if (must === 'fail') {
    if (!reached) return ok(`${target} cannot be reached (${answer})`)
    return fail(`a bot reaches ${target}`, 'sudo zaptria host setup')
  }
  if (reached) return ok(`a bot reaches ${target}`)
  if (must === 'reach') return fail(`a bot cannot reach ${target} (${answer})`, `sudo zaptria host setup --listen ${target}`)
  return warn(
    `a bot cannot reach ${target} (${answer})`,
    'See that this machine reaches the internet and forwards packets: sysctl net.ipv4.ip_forward',
  )
}

/** Two containers like bots, each in a network of its own: one listens, the other tries what bots must and must not reach. */
export async function probe(machine: Machine, options: ProbeOptions, signal: AbortSignal): Promise<Finding[]> {
  const skipped = (found: string): Finding[] => [{ id: 'probe', title: 'Trial with a container', ...skip(found) }]
  const image = options.image ?? (await botImages(machine))[0]
  if (image === undefined) return skipped('there is no image of bots yet; --image NAME takes any image with Node in it')
  const images = await machine.run('docker', ['image', 'inspect', '--format', '{{.Id}}', image])
  if (images.code !== 0) return skipped(`there is no image ${image} here; docker pull ${image}`)

  await using stack = new AsyncDisposableStack()
  try {
    return await attempts(stack, image, options, signal)
  } catch (error) {
    if (signal.aborted) return skipped('stopped')
    const what = error instanceof Error ? error.message : String(error)
    return [
      { id: 'probe', title: 'Trial with a container', ...fail(what, `Nothing is left behind; docker network ls shows what uses ${POOL}`) },
    ]
  }
}

async function attempts(
  stack: AsyncDisposableStack,
  image: string,
  { internet, privates, listener }: ProbeOptions,
  signal: AbortSignal,
): Promise<Finding[]> {
  const taken = new Set<number>()
  const mine = await network(stack, taken, signal)
  const other = await network(stack, taken, signal)
  const neighbour = await container(stack, image, other, ['-e', ANSWER, String(NEIGHBOUR_PORT)], signal)
  const address = (
    await docker(['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', neighbour], signal)
  ).trim()

  const list: Attempt[] = [
    { id: 'probe-metadata', title: 'Metadata service', target: '169.254.169.254:80', must: 'fail' },
    { id: 'probe-internet', title: 'Internet', target: text(internet), must: 'reach if possible' },
    ...privates.map((one): Attempt => ({ id: 'probe-private', title: 'Private network', target: text(one), must: 'fail' })),
  ]
  const findings: Finding[] = []
  const want = (attempt: Attempt, there: boolean, why: string): void =>
    there ? void list.push(attempt) : void findings.push({ id: attempt.id, title: attempt.title, ...skip(why) })

  const place = listener ?? DEFAULT_LISTENER
  const listening: Attempt = { id: 'probe-listener', title: 'Listener of bots', target: text(place), must: 'reach' }
  want(listening, await answers(place, signal), `nothing listens at ${text(place)} now; start Zaptria and run this again`)

  const neighbourAt = { host: address, port: NEIGHBOUR_PORT }
  const neighbouring: Attempt = { id: 'probe-neighbour', title: 'Neighbour', target: text(neighbourAt), must: 'fail' }
  const inside = isOurs(mine.gateway)
  // From a container of its own, doctor cannot see whether the neighbour answers; then the attempt says less, but still something.
  want(neighbouring, !inside || (await answersSoon(neighbourAt, signal)), 'the neighbour’s container did not start to listen')

  if (inside) {
    const port = await listen(stack)
    const primary = (await primaryAddress(signal)) ?? undefined
    list.push({ id: 'probe-gateway', title: 'Host by the gateway', target: `${mine.gateway}:${port}`, must: 'fail' })
    if (primary !== undefined) list.push({ id: 'probe-host', title: 'Host by its address', target: `${primary}:${port}`, must: 'fail' })
    if (isOurs(HUB)) list.push({ id: 'probe-hub', title: 'Host by the hub', target: `${HUB}:${port}`, must: 'fail' })
  } else findings.push({ id: 'probe-host', title: 'Host', ...skip('doctor does not run in the host’s own network here') })

  const trier = await container(
    stack,
    image,
    mine,
    connectArgs(
      list.map(({ target }) => target),
      PATIENCE_MS,
    ),
    signal,
  )
  await docker(['wait', trier], signal)
  const ran = await runProgram('docker', ['logs', trier], signal)
  const told = (json(ran) ?? {}) as Record<string, string>
  if (Object.keys(told).length === 0) throw new Error(`the container could not try anything: ${ran.stderr.trim() || ran.stdout.trim()}`)
  return [...list.map((attempt) => ({ id: attempt.id, title: attempt.title, ...judge(attempt, told[attempt.target]) })), ...findings]
}

type Net = { name: string; gateway: string }

async function network(stack: AsyncDisposableStack, taken: Set<number>, signal: AbortSignal): Promise<Net> {
  let why = ''
  for (let index = 1; index <= TRIES; index++) {
    if (taken.has(index)) continue
    taken.add(index)
    const { subnet, gateway } = lastSubnet(index)
    // Removed even when creating it was cut off half-way.
    const name = `zaptria-doctor-${process.pid}-${index}`
    const bridge = `${BOTS_NETWORK.bridgePrefix}d${index}${process.pid.toString(36)}`
    stack.defer(() => remove(['network', 'rm', name]))
    const ran = await runProgram(
      'docker',
      [
        'network',
        'create',
        ...flags({ driver: 'bridge', subnet, gateway, label: `${LABEL}=1`, opt: `com.docker.network.bridge.name=${bridge}` }),
        name,
      ],
      signal,
    )
    if (ran.code === 0) return { name, gateway }
    why = ran.stderr.trim()
    signal.throwIfAborted()
  }
  throw new Error(`no network could be made at the end of ${POOL}: ${why}`)
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

/** As little allowed as bots are, and less. */
async function container(
  stack: AsyncDisposableStack,
  image: string,
  { name: net }: Net,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const name = net
  stack.defer(() => remove(['rm', '--force', '--volumes', name]))
  await docker(
    [
      'run',
      '--detach',
      '--read-only',
      ...flags({ pull: 'never', name, label: `${LABEL}=1`, network: net, entrypoint: 'node', user: String(BOT_IMAGE.user) }),
      ...flags({ 'cap-drop': 'ALL', 'security-opt': 'no-new-privileges', memory: '128m', 'pids-limit': '64' }),
      image,
      ...argv,
    ],
    signal,
  )
  return name
}

function flags(of: Record<string, string>): string[] {
  return Object.entries(of).flatMap(([key, value]) => [`--${key}`, value])
}

async function docker(args: readonly string[], signal: AbortSignal): Promise<string> {
  const ran = await runProgram('docker', args, signal)
  if (ran.code !== 0) throw new Error(`docker ${args[0]} failed: ${ran.stderr.trim()}`)
  return ran.stdout
}

/** Also after Ctrl-C, so without its signal. What was never made is no fault. */
async function remove(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram('docker', args)
  if (code !== 0 && !/no such|not found/i.test(stderr))
    throw new Error(`Could not clean up; do it by hand: docker ${args.join(' ')}\n${stderr.trim()}`)
}

/** A port of this machine that answers, on all its addresses, for as long as the trial takes. */
async function listen(stack: AsyncDisposableStack): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).end())
  await new Promise<void>((done, reject) => server.once('error', reject).listen(0, '0.0.0.0', done))
  stack.defer(() => new Promise((done) => server.close(() => done())))
  return (server.address() as AddressInfo).port
}

function answers({ host, port }: Address, signal: AbortSignal): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS, signal })
    const end = (how: boolean): void => {
      socket.destroy()
      done(how)
    }
    socket
      .on('connect', () => end(true))
      .on('error', () => end(false))
      .on('timeout', () => end(false))
  })
}

async function answersSoon(address: Address, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline) {
    if (await answers(address, signal)) return true
    await delay(100, undefined, { signal })
  }
  return false
}

/** The address by which this machine speaks to the internet. */
async function primaryAddress(signal: AbortSignal): Promise<string | null> {
  const routes = json(await runProgram('ip', ['-4', '-j', 'route', 'get', '1.1.1.1'], signal)) as { prefsrc?: string }[] | null
  return routes?.[0]?.prefsrc ?? null
}

function isOurs(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address) === true)
}

function text({ host, port }: Address): string {
  return `${host}:${port}`
}
