import { setTimeout as delay } from 'node:timers/promises'
import { FAULTS, heal } from './faults.ts'
import { startFleet } from './fleet.ts'
import type { FleetOptions } from './fleet.ts'
import { Ledger } from './ledger.ts'
import type { Balance } from './ledger.ts'
import { Random } from './random.ts'

export type RunOptions = FleetOptions & {
  seed: number
  messages: number
  /** Messages per second, over all shops. */
  perSecond: number
  /** Between one fault's end and the next. */
  pauseMs: number
  progress: (line: string) => void
}

export type Outcome = Balance & { seed: number; hurt: Record<string, number>; seconds: number }

/** Traffic and faults, both chosen by the seed, until at least so many messages were sent and each fault was there; then all heals, and is counted. */
export async function run(options: RunOptions): Promise<Outcome> {
  const { seed, messages, perSecond, progress } = options
  const random = new Random(seed)
  const [traffic, trouble] = [random.fork(), random.fork()]
  const fleet = await startFleet(options)
  const began = performance.now()
  const hurt: Record<string, number> = {}
  try {
    const ledger = new Ledger(fleet)
    let sent = false
    const talking = async (): Promise<void> => {
      const start = performance.now()
      const everyFault = (): boolean => FAULTS.every(({ name }) => hurt[name] !== undefined)
      for (let i = 0; i < messages || !everyFault(); i++) {
        await delay(Math.max(0, start + (i * 1000) / perSecond - performance.now()))
        const shop = traffic.pick(fleet.shops)
        await ledger.write(shop, traffic.pick(shop.contacts))
      }
      sent = true
    }
    const troubles = async (): Promise<void> => {
      // Each once before any comes twice.
      let waiting: (typeof FAULTS)[number][] = []
      while (!sent) {
        if (waiting.length === 0) waiting = [...FAULTS]
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
    return { seed, hurt, seconds: Math.round((performance.now() - began) / 1000), ...(await ledger.balance()) }
  } finally {
    await fleet.close()
  }
}

/** For people: what was done, and what was found. */
export function report({ seed, messages, answers, faults, hurt, seconds }: Outcome): string {
  const times = Object.entries(hurt).map(([name, count]) => `  ${String(count).padStart(3)} × ${name}`)
  return [
    `seed ${seed}: ${messages} messages in, ${answers} answers out, ${seconds} s; ${faults.length === 0 ? 'nothing lost, doubled or out of order' : `${faults.length} FAULTS`}`,
    ...times,
    ...faults.map((fault) => `  ✗ ${fault}`),
  ].join('\n')
}
