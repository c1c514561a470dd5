import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FAULTS, heal, strays } from './faults.ts'
import type { Fault } from './faults.ts'
import { makeFile } from './files.ts'
import { roles } from '../processes.ts'
import { startFleet } from './fleet.ts'
import type { FleetOptions } from './fleet.ts'
import { Ledger } from './ledger.ts'
import type { Balance } from './ledger.ts'
import { Random } from './random.ts'
import { Watch } from './watch.ts'

/** So many of the messages that come have a file; and for so many of them one goes out elsewhere. */
const FILES_IN = 0.15
const FILES_OUT = 0.08
/** After so many of them the contact opens the chat and reads what was answered. */
const READ = 0.05

export type RunOptions = FleetOptions & {
  seed: number
  messages: number
  /** Messages per second, over all shops. */
  perSecond: number
  /** Between one fault's end and the next. */
  pauseMs: number
  /** Of the faults those alone whose names hold this. */
  only?: string | undefined
  progress: (line: string) => void
}

export type Outcome = Balance & { seed: number; hurt: Record<string, number>; impossible: string[]; held: string[]; seconds: number }

/** Traffic and faults, both chosen by the seed, until at least so many messages were sent and each fault was there; then all heals, and is counted. */
export async function run(options: RunOptions): Promise<Outcome> {
  const { seed, messages, perSecond, progress } = options
  const random = new Random(seed)
  const [traffic, trouble] = [random.fork(), random.fork()]
  const fleet = await startFleet(options)
  const began = performance.now()
  const hurt: Record<string, number> = {}
  const chosen = FAULTS.filter(({ name }) => name.includes(options.only ?? ''))
  const faults = chosen.filter(({ possible }) => possible?.(fleet) ?? true)
  const impossible = chosen.filter((fault) => !faults.includes(fault)).map(({ name }) => name)
  const watch = new Watch({
    'control planes': () => fleet.controlPlanePids(),
    bots: () => fleet.controlPlanePids().flatMap((pid) => roles(pid).bots.map((bot) => bot.pid)),
  })
  const keepLogs = (): void => {
    if (options.log !== undefined) cpSync(join(fleet.dir, 'logs'), `${options.log}.bots`, { recursive: true })
  }
  try {
    const ledger = new Ledger(fleet)
    let sent = false
    const talking = async (): Promise<void> => {
      const start = performance.now()
      const everyFault = (): boolean => faults.every(({ name }) => hurt[name] !== undefined)
      for (let i = 0; i < messages || !everyFault(); i++) {
        await delay(Math.max(0, start + (i * 1000) / perSecond - performance.now()))
        const shop = traffic.pick(fleet.shops)
        await ledger.write(shop, traffic.pick(shop.contacts), traffic.chance(FILES_IN) ? makeFile(traffic) : null)
        if (traffic.chance(READ)) await ledger.read(traffic.pick(fleet.shops), traffic)
        if (traffic.chance(FILES_OUT)) ledger.send(traffic.pick(fleet.shops), makeFile(traffic))
      }
      sent = true
    }
    const troubles = async (): Promise<void> => {
      // Each once before any comes twice.
      let waiting: Fault[] = []
      while (!sent) {
        if (waiting.length === 0) waiting = [...faults]
        const fault = waiting.splice(trouble.between(0, waiting.length - 1), 1)[0]!
        progress(`${ledger.messages}: ${fault.name}`)
        await fault.hurt(fleet, trouble)
        hurt[fault.name] = (hurt[fault.name] ?? 0) + 1
        await delay(trouble.between(0, 2 * options.pauseMs))
      }
    }
    await Promise.all([troubles(), talking()])
    progress('healing')
    await heal(fleet)
    await ledger.settled()
    const leftOver = strays(fleet)
    const balance = await ledger.balance()
    const found = [...balance.faults, ...leftOver, ...watch.grown()]
    if (found.length > 0) keepLogs()
    return {
      seed,
      hurt,
      impossible,
      held: watch.report(),
      seconds: Math.round((performance.now() - began) / 1000),
      ...balance,
      faults: found,
    }
  } catch (error) {
    keepLogs()
    throw error
  } finally {
    watch.close()
    await fleet.close()
  }
}

/** For people: what was done, and what was found. */
export function report({ seed, messages, answers, files, faults, hurt, impossible, held, seconds }: Outcome): string {
  const times = Object.entries(hurt).map(([name, count]) => `  ${String(count).padStart(3)} × ${name}`)
  return [
    `seed ${seed}: ${messages} messages in, ${answers} answers out, ${files.in} files in, ${files.out} out, ${seconds} s; ${faults.length === 0 ? 'nothing lost, doubled or out of order' : `${faults.length} FAULTS`}`,
    ...times,
    ...impossible.map((name) => `    NOT TRIED: ${name}`),
    ...held.map((line) => `  ${line}`),
    ...faults.map((fault) => `  ✗ ${fault}`),
  ].join('\n')
}
