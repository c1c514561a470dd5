import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Server } from '@zaptria/contract'
import { expect, it } from 'vitest'
import { BOTS, heldBy, outlive } from './failover/story.ts'
import type { BotRow } from './failover/story.ts'
import { startFleet } from './faults/fleet.ts'
import type { Fleet } from './faults/fleet.ts'
import { openWire } from './faults/wire.ts'
import { isAlive, roles } from './processes.ts'

/** The process of each tenant's bot. */
function pidsOf(fleet: Fleet): Map<string, number> {
  const bots = fleet.controlPlanePids().flatMap((pid) => roles(pid).bots)
  const tenantOf = (pid: number): string => /(?:^|\0)TENANT_ID=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1] ?? ''
  return new Map(bots.map(({ pid }) => [tenantOf(pid), pid]))
}

it(`a directory with ${BOTS} bots vanishes; one freezes, one goes on behind a line on which nothing comes through, the others die; and all come back`, async () => {
  await using stack = new AsyncDisposableStack()
  const env = { ZAPTRIA_ENGINE: 'simulated', ZAPTRIA_MAX_STARTING: '10' }
  const fleet = await startFleet({ replicas: 1, simulated: 0, real: 0, contacts: 2, env })
  stack.defer(() => fleet.close())
  const disk = mkdtempSync(join(tmpdir(), 'zaptria-second-'))
  stack.defer(() => rmSync(disk, { recursive: true, force: true }))
  const [address, away] = [join(disk, 'second'), join(disk, 'away')]
  const line = await openWire(() => ({ host: '127.0.0.1', port: fleet.link.port }))
  stack.defer(() => line.close())
  const link_url = `ws://127.0.0.1:${line.port}/api/bots/link`
  const [heir] = (await fleet.call<Page<Server>>('GET', '/servers')).items
  const { id } = await fleet.call<Server>('POST', '/servers', { name: 'second', driver: 'process', address, link_url })

  let pids = new Map<string, number>()
  let frozen = 0
  const volumeOf = ({ name }: BotRow): string => join(existsSync(address) ? address : away, 'volumes', name)
  await outlive(
    fleet,
    {
      id,
      die(bots) {
        pids = pidsOf(fleet)
        line.stall()
        renameSync(address, away)
        const [first, , ...rest] = bots.map(({ tenant_id }) => pids.get(tenant_id)!)
        frozen = first!
        process.kill(frozen, 'SIGSTOP')
        for (const pid of rest) process.kill(pid, 'SIGKILL')
      },
      dead: (bots) => bots.slice(2).map((bot) => ({ bot, volume: volumeOf(bot) })),
      async missed(bots, report, diedAt) {
        // What it heard from WhatsApp until the new place opened the session.
        const held = await heldBy(fleet, volumeOf(bots[1]!), diedAt)
        report.push(`${held.length} events wait where the line is broken`)
        expect(held.length).toBeGreaterThan(0)
      },
      comeBack() {
        renameSync(away, address)
        line.mend()
        process.kill(frozen, 'SIGCONT')
      },
      instances() {
        const now = new Set(pidsOf(fleet).values())
        return [...pids.values()].filter((pid) => now.has(pid) || isAlive({ pid })).map(String)
      },
      volumeIsThere: (bot) => existsSync(volumeOf(bot)),
    },
    heir!,
  )
  expect(pidsOf(fleet).size).toBe(BOTS)
}, 900_000)
