import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { BOTS_NETWORK } from '@zaptria/contract'
import type { Address } from '../host/rules.ts'
import { defaultListener, hubOf } from '../host/rules.ts'
import { setupCommand, textOf } from '../host/settings.ts'
import type { Finding, Outcome } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import { ANSWER, connectArgs } from './connect.ts'
import { botImages } from './docker.ts'
import type { Engine, Machine } from './machine.ts'
import { poolsInUse } from './pool.ts'
import { installedRules } from './rules.ts'
import { Trial } from './trial.ts'

export type ProbeOptions = { image: string | undefined; internet: Address; privates: readonly Address[]; listener: Address | undefined }

const PATIENCE_MS = 3_000
const NEIGHBOUR_PORT = 8080
const TITLE = 'Trial with a container'

/** One place that a bot tries to reach. */
export type Attempt = { id: string; title: string; target: string; must: 'reach' | 'fail' | 'reach if possible' }

/** What an attempt's answer means. `answer` is undefined when the bot's side did not report; `setup` is the command that closes and opens. */
export function judge({ target, must }: Attempt, answer: string | undefined, setup: string): Outcome {
  if (answer === undefined) return fail(`the attempt on ${target} was not made`, 'Run doctor again; if this stays, see dmesg')
  const reached = answer === 'connected'
  if (must === 'fail') return reached ? fail(`a bot reaches ${target}`, `sudo ${setup}`) : ok(`a bot cannot reach ${target} (${answer})`)
  if (reached) return ok(`a bot reaches ${target}`)
  if (must === 'reach') return fail(`a bot cannot reach ${target} (${answer})`, `sudo ${setup}`)
  return warn(
    `a bot cannot reach ${target} (${answer})`,
    'See that this machine reaches it, and that it forwards packets: sysctl net.ipv4.ip_forward; where only a proxy leads out, say --internet PROXY:PORT',
  )
}

/** Two containers like bots, each in a network of its own: one listens, the other tries what bots must and must not reach. */
export async function probe(machine: Machine, engine: Engine, options: ProbeOptions, signal: AbortSignal): Promise<Finding[]> {
  const skipped = (found: string): Finding[] => [{ id: 'probe', title: TITLE, ...skip(found) }]
  const image = options.image ?? (await botImages(machine))[0]
  if (image === undefined) return skipped('there is no image of bots yet; --image NAME takes any image with Node in it')
  const there = await machine.docker.get(`/images/${image}/json`).then(
    () => true,
    () => false,
  )
  if (!there) return skipped(`there is no image ${image} here; docker pull ${image}`)

  const pools = await poolsInUse(machine)
  const [pool = BOTS_NETWORK.pool] = pools
  const rules = await installedRules(machine)
  const usual = rules === null || rules === 'older' ? [defaultListener(pool)] : rules.listen
  const listeners = options.listener === undefined ? usual : [options.listener]
  const trial = new Trial(engine.client, { image, pool, signal })
  const findings = await attempts(
    trial,
    { ...options, pool, listeners, setup: setupCommand(rules, { pools, listen: listeners }) },
    signal,
  ).catch((error: unknown): Finding[] => {
    if (signal.aborted) return skipped('stopped')
    const what = error instanceof Error ? error.message : String(error)
    return [{ id: 'probe', title: TITLE, ...fail(what, 'docker network ls and docker ps -a show what is in the way') }]
  })
  const left = await trial.dispose()
  if (left.length === 0) return findings
  return [...findings, { id: 'probe-cleanup', title: 'Cleaning up', ...fail('something of the trial is left', left.join(' && ')) }]
}

type Places = { pool: string; internet: Address; privates: readonly Address[]; listeners: readonly Address[]; setup: string }

async function attempts(trial: Trial, { pool, internet, privates, listeners, setup }: Places, signal: AbortSignal): Promise<Finding[]> {
  const mine = await trial.network()
  const other = await trial.network()
  await trial.container(other, ['-e', ANSWER, String(NEIGHBOUR_PORT)])
  const neighbour = { host: await trial.address(other), port: NEIGHBOUR_PORT }

  const attempted: Attempt[] = []
  const skipped: Finding[] = []
  // An attempt that must fail proves something only where there is something to reach; one that must not, only where it answers.
  const attempt = (one: Attempt, there: boolean, why: string): void =>
    there ? void attempted.push(one) : void skipped.push({ id: one.id, title: one.title, ...skip(why) })

  for (const place of listeners)
    attempt(
      { id: 'probe-listener', title: 'Listener of bots', target: textOf(place), must: 'reach' },
      await answers(place, signal),
      `nothing listens at ${textOf(place)} now; start Zaptria and run this again`,
    )
  attempted.push({ id: 'probe-internet', title: 'Internet', target: textOf(internet), must: 'reach if possible' })
  attempted.push({ id: 'probe-metadata', title: 'Metadata service', target: '169.254.169.254:80', must: 'fail' })
  for (const one of privates)
    attempt(
      { id: 'probe-private', title: 'Private network', target: textOf(one), must: 'fail' },
      await answers(one, signal),
      `${textOf(one)} does not answer this machine either`,
    )

  const own = await ownAddresses()
  const inside = own.has(mine.gateway)
  attempt(
    { id: 'probe-neighbour', title: 'Neighbour', target: textOf(neighbour), must: 'fail' },
    // From a container of its own, doctor cannot see whether the neighbour answers; then the attempt says less, but still something.
    !inside || (await answersSoon(neighbour, signal)),
    'the neighbour’s container did not start to listen',
  )
  if (inside) {
    const port = await trial.listen()
    const addresses = { gateway: mine.gateway, hub: own.has(hubOf(pool)) ? hubOf(pool) : null, address: await primaryAddress() }
    for (const [by, address] of Object.entries(addresses))
      if (address !== null)
        attempted.push({ id: `probe-host-${by}`, title: `Host, by its ${by}`, target: `${address}:${port}`, must: 'fail' })
  } else skipped.push({ id: 'probe-host', title: 'Host', ...skip('doctor does not run in the host’s own network here') })

  const targets = attempted.map(({ target }) => target)
  await trial.container(mine, connectArgs(targets, PATIENCE_MS))
  const told = answersOf(await trial.output(mine))
  return [...attempted.map((one) => ({ id: one.id, title: one.title, ...judge(one, told[one.target], setup) })), ...skipped]
}

function answersOf(output: string): Record<string, string> {
  try {
    return JSON.parse(output) as Record<string, string>
  } catch (error) {
    throw new Error(`the container could not try anything: ${output.trim().slice(0, 500)}`, { cause: error })
  }
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

/** The address by which this machine speaks to the internet. Nothing is sent: the kernel only chooses a route. */
async function primaryAddress(): Promise<string | null> {
  const socket = createSocket('udp4')
  try {
    socket.connect(53, '1.1.1.1')
    await once(socket, 'connect')
    return socket.address().address
  } catch {
    return null
  } finally {
    socket.close()
  }
}

/** The addresses of this machine, as the kernel routes. Not by node:os, which leaves out bridges without a container, such as the hub. */
async function ownAddresses(): Promise<Set<string>> {
  const routes = await readFile('/proc/self/net/fib_trie', 'utf8').catch(() => '')
  return new Set([...routes.matchAll(/\|-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, address = '']) => address))
}
