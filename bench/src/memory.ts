import { setTimeout as delay } from 'node:timers/promises'
import { botProcesses, pairBots, roundtrip } from './bots.ts'
import { below, processes, pssBytes } from './processes.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** After pairing and a first message, what was only needed to start is given back; this long it may take. */
const REST_MS = 20_000
const BETWEEN_LOOKS_MS = 2_000

type Footprint = { node: number; browser: number }

/** Proportional set size per bot, in MB of 10^6 bytes: node and browser apart, with 1 and 10 connected bots; `runs` looks at each bot. */
export async function memory(setup: Setup): Promise<Result[]> {
  const results: Result[] = []
  for (const count of setup.bots) {
    await using rig = await startRig(setup, { engine: 'wwebjs' })
    for (const bot of await pairBots(rig, count)) await roundtrip(rig, bot, bot.contacts[0] ?? '', 'hello')
    await delay(REST_MS)
    const looks: Footprint[][] = []
    for (let run = 0; run < setup.runs; run++) {
      if (run > 0) await delay(BETWEEN_LOOKS_MS)
      looks.push(footprints(rig, count))
    }
    const of = (part: (footprint: Footprint) => number): number[] => looks.flat().map((footprint) => part(footprint) / 1e6)
    const bots = `${count} bot${count === 1 ? '' : 's'}`
    results.push(
      summarize(
        `node, PSS per bot of ${bots}`,
        'MB',
        of(({ node }) => node),
      ),
      summarize(
        `browser, PSS per bot of ${bots}`,
        'MB',
        of(({ browser }) => browser),
      ),
      summarize(
        `node + browser, PSS per bot of ${bots}`,
        'MB',
        of(({ node, browser }) => node + browser),
      ),
      summarize(
        `mean over ${bots}`,
        'MB',
        looks.map((look) => look.reduce((sum, one) => sum + one.node + one.browser, 0) / count / 1e6),
      ),
    )
    for (const result of results.slice(-4)) setup.progress(JSON.stringify(result))
  }
  return results
}

function footprints(rig: Rig, count: number): Footprint[] {
  const all = processes()
  const bots = botProcesses(rig, all)
  if (bots.length !== count) throw new Error(`there should be ${count} bots, there are ${bots.length}`)
  return bots.map(({ pid }) => ({
    node: pssBytes(pid),
    browser: below(pid, all).reduce((sum, child) => sum + pssBytes(child.pid), 0),
  }))
}
