import { setTimeout as delay } from 'node:timers/promises'
import { pairBots, roundtrip as oneRoundtrip } from './bots.ts'
import { startRig } from './rig.ts'
import { MOST_REAL_BOTS } from './setup.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** Over all bots together: 2 a second. */
const EVERY_MS = 500
/** Not counted: the first message of each bot makes its contact, and warms what is warm in service. */
const WARM_UP = 2

/** From a contact's message to the reply that WhatsApp holds, with 1, 10, 50 bots; `runs` messages each, pacing off. */
export async function roundtrip(setup: Setup, everyMs = EVERY_MS): Promise<Result[]> {
  const results: Result[] = []
  for (const count of setup.bots) {
    const engine = count > MOST_REAL_BOTS ? 'simulated' : 'wwebjs'
    const name = `in to reply, ${count} ${engine === 'simulated' ? 'simulated' : 'real'} bot${count === 1 ? '' : 's'}`
    results.push(summarize(name, 'ms', await measure(setup, count, engine, everyMs)))
    setup.progress(`${name}: ${JSON.stringify(results.at(-1))}`)
  }
  return results
}

export async function measure(setup: Setup, count: number, engine: 'wwebjs' | 'simulated', everyMs: number): Promise<number[]> {
  await using rig = await startRig(setup, { engine })
  const bots = await pairBots(rig, count)
  for (let i = 0; i < WARM_UP; i++) for (const bot of bots) await oneRoundtrip(rig, bot, bot.contacts[0] ?? '', `warm-up ${i}`)
  const began = performance.now()
  const pending: Promise<number>[] = []
  for (let i = 0; i < setup.runs; i++) {
    const bot = bots[i % bots.length]
    const contact = bot?.contacts[Math.floor(i / bots.length) % bot.contacts.length]
    if (bot === undefined || contact === undefined) throw new Error('there is no bot to write to')
    // On the clock, whether or not the last one was answered: a slow reply must not thin out the load.
    await delay(Math.max(0, began + i * everyMs - performance.now()))
    const running = oneRoundtrip(rig, bot, contact, `word ${i};`)
    // Its failure is thrown below; until then it must not count as unhandled.
    running.catch(() => undefined)
    pending.push(running)
  }
  // Awaited here: the rig is taken down when this function returns.
  return await Promise.all(pending)
}
