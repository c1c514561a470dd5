import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { dockerMissing } from '@zaptria/lab/testing'
import { allConnected, pairFleet, roundtrip } from './bots.ts'
import type { PairedBot } from './bots.ts'
import type { Footprint } from './docker.ts'
import { pssBytes } from './processes.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** As in production: what is measured is how the machine bears it. */
const STARTING_AT_ONCE = 4
const IDLE_MS = 60_000
const LOOK_MS = 20_000
const PROBE_MS = 1_000
const MB = 1e6

/**
 * Many bots in containers on one machine: all paired; a start of all of them at once, as after a reboot (every container and the control plane
 * killed, caches dropped); then one message a minute to each, answered; then nothing. Fails when a bot is lost, or the kernel killed for memory.
 */
export async function fleet(setup: Setup): Promise<Result[]> {
  const missing = await dockerMissing(setup.image)
  if (missing !== null) throw new Error(`this takes bots in containers: ${missing}`)
  const results: Result[] = []
  for (const count of setup.bots) {
    await using rig = await startRig(setup, { engine: 'wwebjs', driver: 'docker', env: { ZAPTRIA_MAX_STARTING: String(STARTING_AT_ONCE) } })
    await rig.lab.scenario.setFaults({ ballastMb: setup.ballastMb })
    const bots = await pairFleet(rig, count)
    const say = (name: string, unit: string, values: readonly number[]): void => {
      const ballast = setup.ballastMb === 0 ? '' : `, ${setup.ballastMb} MB of ballast`
      const result = summarize(`${name} (${count} bots${ballast})`, unit, values)
      results.push(result)
      setup.progress(JSON.stringify(result))
    }

    const start = await coldStart(rig, bots)
    say('cold start to connected, each', 's', start.seconds)
    say('API answers during the cold start', 'ms', start.answers)

    const { replies, looks, oomKills } = await steady(rig, bots)
    say('in to reply, one a minute each', 'ms', replies)
    const sums = looks.map((look) => look.reduce((sum, { bytes }) => sum + bytes, 0) / MB)
    say('all containers, cgroup less inactive files', 'MB', sums)
    say(
      'one container, cgroup less inactive files',
      'MB',
      looks.flatMap((look) => look.map(({ bytes }) => bytes / MB)),
    )
    say(
      'processes and threads of one container',
      '',
      looks.flatMap((look) => look.map(({ pids }) => pids)),
    )
    say('killed for memory', '', [oomKills])

    say('idle, processor of one', '%', await idle(rig))
    if (process.getuid?.() === 0) say('one container, PSS', 'MB', await pss(rig))
    if (oomKills > 0) throw new Error(`the kernel killed ${oomKills} times for memory`)
  }
  return results
}

type Docker = NonNullable<Rig['docker']>
const dockerOf = (rig: Rig): Docker => {
  if (rig.docker === undefined) throw new Error('no containers here')
  return rig.docker
}

async function coldStart(rig: Rig, bots: readonly PairedBot[]): Promise<{ seconds: number[]; answers: number[] }> {
  const { engine, serverId } = dockerOf(rig)
  const inits = await Promise.all((await engine.containers(serverId)).map(async ({ id }) => (await engine.processIds(id))[0] ?? 0))
  const [began, since] = [performance.now(), Date.now()]
  // The engine starts all of them again at once, as it does after a reboot.
  for (const pid of inits) process.kill(pid, 'SIGKILL')
  if (process.getuid?.() === 0) writeFileSync('/proc/sys/vm/drop_caches', '3')
  await rig.restartControlPlane()

  const answers: number[] = []
  const over = new AbortController()
  const probe = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const before = performance.now()
      await rig.api.bot(bots[0]?.tenant ?? '')
      answers.push(performance.now() - before)
      await delay(PROBE_MS)
    }
  }
  const waiting = allConnected(rig, bots, since).finally(() => over.abort())
  const [seen] = await Promise.all([waiting, probe()])
  return { seconds: seen.map((at) => (at - began) / 1000), answers }
}

async function steady(rig: Rig, bots: readonly PairedBot[]): Promise<{ replies: number[]; looks: Footprint[][]; oomKills: number }> {
  const { engine, serverId } = dockerOf(rig)
  const replies: number[] = []
  const looks: Footprint[][] = []
  const until = performance.now() + rig.setup.minutes * 60_000
  const talking = bots.map(async (bot, index) => {
    // Spread over the minute.
    await delay((index / bots.length) * 60_000)
    for (let n = 0; performance.now() < until; n += 1) {
      const next = performance.now() + 60_000
      replies.push(await roundtrip(rig, bot, bot.contacts[n % bot.contacts.length] ?? '', `minute ${n};`))
      await delay(Math.max(0, Math.min(next, until) - performance.now()))
    }
  })
  const looking = (async () => {
    while (performance.now() < until) {
      await delay(LOOK_MS)
      looks.push(await Promise.all((await engine.containers(serverId)).map(({ id }) => engine.footprint(id))))
      rig.setup.progress(`${Math.round((until - performance.now()) / 1000)} s left, ${replies.length} replies`)
    }
  })()
  await Promise.all([...talking, looking])
  const kills = await Promise.all((await engine.containers(serverId)).map(({ id }) => engine.oomKills(id)))
  return { replies, looks, oomKills: kills.reduce((sum, each) => sum + each, 0) }
}

/** Percent of one processor that a bot takes with nothing to do. */
async function idle(rig: Rig): Promise<number[]> {
  const { engine, serverId } = dockerOf(rig)
  const ids = (await engine.containers(serverId)).map(({ id }) => id)
  const look = (): Promise<number[]> => Promise.all(ids.map(async (id) => (await engine.footprint(id)).cpuNs))
  const [before, began] = [await look(), performance.now()]
  await delay(IDLE_MS)
  const after = await look()
  const ms = performance.now() - began
  return after.map((ns, index) => ((ns - (before[index] ?? 0)) / 1e6 / ms) * 100)
}

async function pss(rig: Rig): Promise<number[]> {
  const { engine, serverId } = dockerOf(rig)
  const perContainer = await Promise.all((await engine.containers(serverId)).map(({ id }) => engine.processIds(id)))
  return perContainer.map((pids) => pids.reduce((sum, pid) => sum + pssBytes(pid), 0) / MB)
}
