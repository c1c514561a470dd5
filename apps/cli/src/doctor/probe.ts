import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Address } from '../host/rules.ts'
import { DEFAULT_LISTENER, HUB } from '../host/rules.ts'
import type { Finding, Outcome } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import { ANSWER, connectArgs } from './connect.ts'
import { botImages } from './docker.ts'
import type { Machine } from './machine.ts'
import { json, runProgram } from './machine.ts'
import { Trial } from './trial.ts'

export type ProbeOptions = { image: string | undefined; internet: Address; privates: readonly Address[]; listener: Address | undefined }

const PATIENCE_MS = 3_000
const NEIGHBOUR_PORT = 8080
const TITLE = 'Trial with a container'

/** One place that a bot tries to reach. */
export type Attempt = { id: string; title: string; target: string; must: 'reach' | 'fail' | 'reach if possible' }

/** What an attempt's answer means. `answer` is undefined when the bot's side did not report. */
export function judge({ target, must }: Attempt, answer: string | undefined): Outcome {
  if (answer === undefined) return fail(`the attempt on ${target} was not made`, 'Run doctor again; if this stays, see dmesg')
  const reached = answer === 'connected'
  if (must === 'fail')
    return reached ? fail(`a bot reaches ${target}`, 'sudo zaptria host setup') : ok(`a bot cannot reach ${target} (${answer})`)
  if (reached) return ok(`a bot reaches ${target}`)
  if (must === 'reach') return fail(`a bot cannot reach ${target} (${answer})`, `sudo zaptria host setup --listen ${target}`)
  return warn(
    `a bot cannot reach ${target} (${answer})`,
    'See that this machine reaches it, and that it forwards packets: sysctl net.ipv4.ip_forward; where only a proxy leads out, say --internet PROXY:PORT',
  )
}

/** Two containers like bots, each in a network of its own: one listens, the other tries what bots must and must not reach. */
export async function probe(machine: Machine, options: ProbeOptions, signal: AbortSignal): Promise<Finding[]> {
  const skipped = (found: string): Finding[] => [{ id: 'probe', title: TITLE, ...skip(found) }]
  const image = options.image ?? (await botImages(machine))[0]
  if (image === undefined) return skipped('there is no image of bots yet; --image NAME takes any image with Node in it')
  const { code } = await machine.run('docker', ['image', 'inspect', '--format', '{{.Id}}', image])
  if (code !== 0) return skipped(`there is no image ${image} here; docker pull ${image}`)

  const trial = new Trial(image, signal)
  const findings = await attempts(trial, options, signal).catch((error: unknown): Finding[] => {
    if (signal.aborted) return skipped('stopped')
    const what = error instanceof Error ? error.message : String(error)
    return [{ id: 'probe', title: TITLE, ...fail(what, 'docker network ls and docker ps -a show what is in the way') }]
  })
  const left = await trial.dispose()
  if (left.length === 0) return findings
  return [...findings, { id: 'probe-cleanup', title: 'Cleaning up', ...fail('something of the trial is left', left.join(' && ')) }]
}

async function attempts(trial: Trial, { internet, privates, listener }: ProbeOptions, signal: AbortSignal): Promise<Finding[]> {
  const mine = await trial.network()
  const other = await trial.network()
  await trial.container(other, ['-e', ANSWER, String(NEIGHBOUR_PORT)])
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  const neighbour = { host: (await trial.look(['inspect', '--format', format, other.name])).trim(), port: NEIGHBOUR_PORT }

  const attempted: Attempt[] = []
  const skipped: Finding[] = []
  // An attempt that must fail proves something only where there is something to reach; one that must not, only where it answers.
  const attempt = (one: Attempt, there: boolean, why: string): void =>
    there ? void attempted.push(one) : void skipped.push({ id: one.id, title: one.title, ...skip(why) })

  const place = listener ?? DEFAULT_LISTENER
  attempt(
    { id: 'probe-listener', title: 'Listener of bots', target: text(place), must: 'reach' },
    await answers(place, signal),
    `nothing listens at ${text(place)} now; start Zaptria and run this again`,
  )
  attempted.push({ id: 'probe-internet', title: 'Internet', target: text(internet), must: 'reach if possible' })
  attempted.push({ id: 'probe-metadata', title: 'Metadata service', target: '169.254.169.254:80', must: 'fail' })
  for (const one of privates)
    attempt(
      { id: 'probe-private', title: 'Private network', target: text(one), must: 'fail' },
      await answers(one, signal),
      `${text(one)} does not answer this machine either`,
    )

  const own = await ownAddresses(signal)
  const inside = own.has(mine.gateway)
  attempt(
    { id: 'probe-neighbour', title: 'Neighbour', target: text(neighbour), must: 'fail' },
    // From a container of its own, doctor cannot see whether the neighbour answers; then the attempt says less, but still something.
    !inside || (await answersSoon(neighbour, signal)),
    'the neighbour’s container did not start to listen',
  )
  if (inside) {
    const port = await trial.listen()
    const addresses = { gateway: mine.gateway, hub: own.has(HUB) ? HUB : null, address: await primaryAddress(signal) }
    for (const [by, address] of Object.entries(addresses))
      if (address !== null)
        attempted.push({ id: `probe-host-${by}`, title: `Host, by its ${by}`, target: `${address}:${port}`, must: 'fail' })
  } else skipped.push({ id: 'probe-host', title: 'Host', ...skip('doctor does not run in the host’s own network here') })

  const targets = attempted.map(({ target }) => target)
  await trial.container(mine, connectArgs(targets, PATIENCE_MS))
  const told = answersOf(await trial.output(mine))
  return [...attempted.map((one) => ({ id: one.id, title: one.title, ...judge(one, told[one.target]) })), ...skipped]
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

/** The address by which this machine speaks to the internet. */
async function primaryAddress(signal: AbortSignal): Promise<string | null> {
  const routes = json(await runProgram('ip', ['-4', '-j', 'route', 'get', '1.1.1.1'], signal)) as { prefsrc?: string }[] | null
  return routes?.[0]?.prefsrc ?? null
}

/** The addresses of this machine. Not by node:os, which leaves out bridges without a container, such as the hub. */
async function ownAddresses(signal: AbortSignal): Promise<Set<string>> {
  const links = (json(await runProgram('ip', ['-4', '-j', 'addr'], signal)) ?? []) as { addr_info?: { local?: string }[] }[]
  return new Set(links.flatMap(({ addr_info: list }) => (list ?? []).flatMap(({ local }) => (local === undefined ? [] : [local]))))
}

function text({ host, port }: Address): string {
  return `${host}:${port}`
}
