import { setTimeout as delay } from 'node:timers/promises'
import type { SmallDisk } from '@zaptria/lab/testing'
import { descendants, roles } from '../processes.ts'
import { connected } from './fleet.ts'
import type { Fleet, Shop } from './fleet.ts'
import type { Random } from './random.ts'
import type { FilesHurt } from './wire.ts'

/** Something that happens to the system while it works. Resolves when the hurt is over; healing is the system's affair. */
export type Fault = { name: string; hurt: (fleet: Fleet, random: Random) => Promise<void>; possible?: (fleet: Fleet) => boolean }

const HOUR_MS = 3_600_000

/** Kills one of the processes of a kind, if there is any at this moment. */
async function kill(fleet: Fleet, random: Random, kind: 'bots' | 'browsers' | 'renderers'): Promise<void> {
  const found = fleet.controlPlanePids().flatMap((pid) => roles(pid)[kind])
  if (found.length === 0) return
  try {
    process.kill(random.pick(found).pid, 'SIGKILL')
  } catch {
    // It ended by itself between the look and the shot.
  }
}

const forAWhile = async (random: Random, least: number, most: number, begin: () => void, end: () => void): Promise<void> => {
  begin()
  try {
    await delay(random.between(least, most))
  } finally {
    end()
  }
}

export const FAULTS: readonly Fault[] = [
  { name: 'kill a bot', hurt: (fleet, random) => kill(fleet, random, 'bots') },
  { name: 'kill a browser', hurt: (fleet, random) => kill(fleet, random, 'browsers') },
  { name: 'kill a renderer', hurt: (fleet, random) => kill(fleet, random, 'renderers') },
  { name: 'kill a control plane', hurt: (fleet, random) => fleet.endControlPlane(random.between(0, 99), 'SIGKILL') },
  { name: 'restart a control plane', hurt: (fleet, random) => fleet.endControlPlane(random.between(0, 99), 'SIGTERM') },
  {
    name: 'end all that listens for hints',
    hurt: async ({ query }) => void (await query(`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen %'`)),
  },
  { name: 'fill the bots’ disk', possible: ({ disks }) => disks !== null, hurt: ({ disks }, random) => fillFor(disks!.bots, random) },
  {
    name: 'fill PostgreSQL’s disk',
    possible: ({ disks }) => disks !== null,
    async hurt(fleet, random) {
      await fillFor(fleet.disks!.postgres, random)
      await fleet.revivePostgres()
    },
  },
  { name: 'set the control planes’ clocks', hurt: (fleet, random) => stepClock(fleet, 'control planes', random) },
  { name: 'set the bots’ clocks', hurt: (fleet, random) => stepClock(fleet, 'bots', random) },
  { name: 'kill PostgreSQL', hurt: (fleet) => fleet.killPostgres() },
  { name: 'freeze a bot', hurt: freezeBot },
  {
    name: 'cut the link',
    hurt: ({ link }, random) =>
      forAWhile(
        random,
        200,
        3_000,
        () => link.cut(),
        () => link.mend(),
      ),
  },
  {
    name: 'stall the link',
    hurt: ({ link }, random) =>
      forAWhile(
        random,
        500,
        4_000,
        () => link.stall(),
        () => link.mend(),
      ),
  },
  {
    name: 'lose answers on the link',
    hurt: ({ link }, random) =>
      forAWhile(
        random,
        100,
        1_500,
        () => link.loseAnswers(),
        () => link.mend(),
      ),
  },
  { name: 'lose answers to files', hurt: (fleet, random) => hurtFiles(fleet, random, 'deaf') },
  { name: 'break files off in the middle', hurt: (fleet, random) => hurtFiles(fleet, random, 'broken') },
  { name: 'refuse files', hurt: (fleet, random) => hurtFiles(fleet, random, 'refused') },
  {
    name: 'cut PostgreSQL off',
    hurt: ({ store }, random) =>
      forAWhile(
        random,
        100,
        1_500,
        () => store.cut(),
        () => store.mend(),
      ),
  },
  {
    name: 'lose PostgreSQL’s answers',
    hurt: ({ store }, random) =>
      forAWhile(
        random,
        50,
        800,
        () => store.loseAnswers(),
        () => store.mend(),
      ),
  },
  {
    name: 'close WhatsApp’s connections',
    hurt: async ({ lab, shops }, random) => lab.scenario.closeConnections({ account: random.pick(shops).account }),
  },
  {
    name: 'take a shop’s network',
    async hurt({ lab, shops }, random) {
      const { account } = random.pick(shops)
      await lab.scenario.dropNetwork({ account })
      await delay(random.between(500, 5_000))
      await lab.scenario.restoreNetwork({ account })
    },
  },
  {
    name: 'stall WhatsApp',
    async hurt({ lab }, random) {
      await lab.scenario.setFaults({ stall: true })
      await delay(random.between(300, 3_000))
      await lab.scenario.setFaults({ stall: false })
    },
  },
  {
    name: 'deliver everything twice',
    async hurt({ lab }, random) {
      await lab.scenario.setFaults({ duplicates: random.between(1, 3) })
      await delay(random.between(500, 3_000))
      await lab.scenario.setFaults({ duplicates: 0 })
    },
  },
  {
    name: 'hold WhatsApp’s acks',
    async hurt({ lab }, random) {
      await lab.scenario.setFaults({ holdAcks: true })
      await delay(random.between(500, 4_000))
      await lab.scenario.setFaults({ holdAcks: false })
    },
  },
  {
    name: 'name a contact otherwise',
    async hurt({ lab, shops }, random) {
      const phone = random.pick(random.pick(shops).contacts)
      await lab.scenario.updateContact({ phone, addressing: random.pick(['pn', 'lid']) })
    },
  },
  {
    name: 'name contacts otherwise while their shop has no network',
    async hurt(fleet, random) {
      const shop = random.pick(fleet.shops)
      await fleet.lab.scenario.dropNetwork({ account: shop.account })
      await renameBackAndForth(fleet, random, [shop])
      await fleet.lab.scenario.restoreNetwork({ account: shop.account })
    },
  },
  {
    name: 'name contacts otherwise while their bot is dead',
    async hurt(fleet, random) {
      await kill(fleet, random, 'bots')
      await renameBackAndForth(fleet, random, fleet.shops)
    },
  },
]

/** So often that every contact writes under both names while nobody looks. */
async function renameBackAndForth({ lab }: Fleet, random: Random, shops: readonly Shop[]): Promise<void> {
  for (let times = random.between(6, 12); times > 0; times--) {
    for (const phone of shops.flatMap(({ contacts }) => contacts))
      await lab.scenario.updateContact({ phone, addressing: random.pick(['pn', 'lid']) })
    await delay(random.between(300, 800))
  }
}

/** Long enough for some to be on their way. */
const hurtFiles = ({ link }: Fleet, random: Random, how: FilesHurt): Promise<void> =>
  forAWhile(
    random,
    1_500,
    5_000,
    () => link.hurtFiles(how),
    () => link.mend(),
  )

async function fillFor(disk: SmallDisk, random: Random): Promise<void> {
  try {
    await forAWhile(
      random,
      500,
      4_000,
      () => disk.fill(),
      () => disk.free(),
    )
  } finally {
    disk.free()
  }
}

/** Forwards or back by up to a day, then right again. */
async function stepClock(fleet: Fleet, whose: 'control planes' | 'bots', random: Random): Promise<void> {
  await forAWhile(
    random,
    1_000,
    5_000,
    () => fleet.setClock(whose, random.between(-24, 24) * HOUR_MS + random.between(0, HOUR_MS)),
    () => fleet.setClock(whose, 0),
  )
}

/** Neither dead nor alive for a while: its links and grants may run out meanwhile. */
async function freezeBot(fleet: Fleet, random: Random): Promise<void> {
  const bots = fleet.controlPlanePids().flatMap((pid) => roles(pid).bots)
  if (bots.length === 0) return
  const { pid } = random.pick(bots)
  const all = [pid, ...descendants(pid).map((child) => child.pid)]
  const signal = (name: NodeJS.Signals): void => {
    for (const one of all) {
      try {
        process.kill(one, name)
      } catch {
        // It ended meanwhile.
      }
    }
  }
  await forAWhile(
    random,
    500,
    5_000,
    () => signal('SIGSTOP'),
    () => signal('SIGCONT'),
  )
}

/** All is whole again, and everybody is connected. */
export async function heal(fleet: Fleet): Promise<void> {
  fleet.link.mend()
  fleet.store.mend()
  for (const disk of Object.values(fleet.disks ?? {})) disk.free()
  for (const whose of ['control planes', 'bots'] as const) fleet.setClock(whose, 0)
  await fleet.revivePostgres()
  await fleet.lab.scenario.clearFaults()
  for (const { account } of fleet.shops) await fleet.lab.scenario.restoreNetwork({ account })
  for (const shop of fleet.shops) await connected(fleet, shop)
}

/** Processes that nobody should have left: one bot per shop, one browser per real one. */
export function strays(fleet: Fleet): string[] {
  const wanted = { bots: fleet.shops.length, browsers: fleet.shops.filter(({ engine }) => engine === 'wwebjs').length }
  const found = fleet.controlPlanePids().map(roles)
  return (['bots', 'browsers'] as const).flatMap((kind) => {
    const count = found.reduce((sum, one) => sum + one[kind].length, 0)
    return count === wanted[kind] ? [] : [`${count} ${kind} run, ${wanted[kind]} are wanted`]
  })
}
