import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startCrashScene } from './faults/crashes.ts'
import type { CrashScene } from './faults/crashes.ts'
import { Random } from './faults/random.ts'

const SEED = 7
const PART = 8 * 1024 * 1024
const random = new Random(SEED)

let scene: CrashScene
/** Stored before the crash. */
let older: string
let links: Awaited<ReturnType<CrashScene['links']>>

beforeAll(async () => {
  scene = await startCrashScene()
  links = await scene.links()
  const first = await scene.ask()
  expect(await scene.ended(first)).toMatchObject({ state: 'stored', failure: null })
}, 120_000)
afterAll(() => scene.close())
beforeEach(async () => {
  older = (await scene.snapshots()).find(({ state }) => state === 'stored')!.id
  expect(await scene.parts(older)).toEqual({ there: 2, missing: [] })
  await scene.write()
})

/** The older snapshot is whole, one is taken as ever, nobody has scanned, and every message is stored once, in order. */
async function expectGood(): Promise<void> {
  await scene.write()
  expect(await scene.verify(older)).toEqual({ ok: true, fault: null })
  expect(await scene.parts(older)).toEqual({ there: 2, missing: [] })
  expect(await scene.ended(await scene.ask())).toMatchObject({ state: 'stored', failure: null })
  await scene.until('what was written last', async () => (await scene.stored()).includes(scene.written().at(-1)!))
  expect(await scene.stored()).toEqual(scene.written())
  expect(await scene.links()).toEqual(links)
}

/** A bot on an empty volume opens its session from the snapshot. */
async function expectRestored(id: string): Promise<void> {
  const since = await scene.loseVolume()
  await scene.write()
  await scene.connected(since)
  await scene.until('word of the restore', async () => ((await scene.snapshotOf(id)).restored_at ?? '') > since)
}

/** While the second part is on its way, somewhere in it. */
const inSecondPart = () => scene.wire.hold(/^PUT \S+\/parts\/1\?/, random.between(1, 900_000))
/** While an archive goes to an empty volume, somewhere in it. */
const inRestore = () => scene.wire.hold(/^GET \/api\/bots\/snapshots\/[\da-f-]+\?/, random.between(1_000_000, PART))
const RESTARTED = { state: 'failed', failure: 'the bot was restarted before it had brought it' }

describe('a snapshot under way', () => {
  it.each<[string, () => Promise<string>]>([
    [
      'packs',
      async () => {
        scene.dieAt(`packs ${random.between(1, PART)}`)
        const id = await scene.ask()
        await scene.died()
        expect(await scene.parts(id)).toEqual({ there: 0, missing: [] })
        return id
      },
    ],
    [
      'is between two parts',
      async () => {
        const held = inSecondPart()
        const id = await scene.ask()
        await held
        expect(await scene.parts(id)).toEqual({ there: 1, missing: [] })
        await scene.killBot()
        scene.wire.mend()
        return id
      },
    ],
  ])(
    'has failed when its bot is killed while it %s, and says so; the older one is restored',
    async (_, crash) => {
      const since = new Date().toISOString()
      const id = await crash()
      await scene.write()
      expect(await scene.ended(id)).toMatchObject(RESTARTED)
      await scene.connected(since)
      expect(scene.has('snapshot')).toBe(false)
      await expectRestored(older)
      await expectGood()
    },
    120_000,
  )

  it.each<[string, () => Promise<void>]>([
    [
      'the control plane is killed between two parts',
      async () => {
        await scene.killTalker()
        scene.wire.mend()
      },
    ],
    [
      'PostgreSQL is killed while a part is stored',
      async () => {
        const before = scene.partsInVault()
        scene.killPostgres()
        scene.wire.mend()
        await scene.until('the part to be in the vault', () => Promise.resolve(scene.partsInVault() > before))
        await scene.startPostgres()
      },
    ],
  ])(
    'goes on where it was when %s, and is restored',
    async (_, crash) => {
      const held = inSecondPart()
      const id = await scene.ask()
      await held
      expect(await scene.parts(id)).toEqual({ there: 1, missing: [] })
      await crash()
      expect(await scene.ended(id)).toMatchObject({ state: 'stored', failure: null })
      expect(await scene.parts(id)).toEqual({ there: 2, missing: [] })
      await expectRestored(id)
      await expectGood()
    },
    120_000,
  )
})

describe('a restore under way', () => {
  it.each<[string, () => Promise<void>]>([
    [
      'the bot is killed while it unpacks',
      async () => {
        await scene.until('a part of the session', () => Promise.resolve(scene.has('restore', 'session', 'pad')))
        expect(scene.has('session')).toBe(false)
        await scene.killBot()
      },
    ],
    ['the control plane is killed while it serves it', () => scene.killTalker()],
  ])(
    'begins anew when %s',
    async (_, crash) => {
      const held = inRestore()
      const since = await scene.loseVolume()
      await held
      await crash()
      scene.wire.mend()
      await scene.connected(since)
      expect(scene.has('restore')).toBe(false)
      await scene.until('word of the restore', async () => ((await scene.snapshotOf(older)).restored_at ?? '') > since)
      await expectGood()
    },
    120_000,
  )

  it('begins anew when the bot is killed between "unpacked" and "in its place"', async () => {
    scene.dieAt('in place')
    const since = await scene.loseVolume()
    await scene.died()
    await scene.connected(since)
    expect(scene.has('restore')).toBe(false)
    await scene.until('word of the restore', async () => ((await scene.snapshotOf(older)).restored_at ?? '') > since)
    await expectGood()
  }, 120_000)

  it('of people’s wish lets the session before go on, when the bot is killed between the two and then hears of nobody', async () => {
    const held = inRestore()
    const since = new Date().toISOString()
    await scene.restore(older)
    await held
    scene.dieAt('in place')
    scene.wire.mend()
    const again = inRestore()
    await again
    expect(scene.has('session')).toBe(false)
    scene.wire.cut()
    await scene.until('a session in its place', () => Promise.resolve(scene.has('session')))
    scene.wire.mend()
    await scene.connected(since)
    expect(await scene.snapshotOf(older)).toMatchObject({ void_at: null })
    await expectGood()
  }, 120_000)
})
