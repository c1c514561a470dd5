import { randomUUID } from 'node:crypto'
import { GRANT_GUARD_MS, GRANT_TTL_MS, VolumeId } from '@zaptria/contract'
import { decideGrant, type GrantHolder } from '@zaptria/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createGrant, type Grant } from './grant.ts'

/*
 * Rule 3 under every order of events: places that hold a bot's session or would like to, each with a clock of its own and a line to the control plane on which
 * frames take as long as they like, or are lost with it. Servers are given up while their bots go on behind the break, come back, and are started anew there. Both sides are the product's own: `decideGrant` and `createGrant`.
 */

/** Clocks that run slow and fast, by far more than clocks do: as much as the guard allows for, so that it is needed. */
const RATES = [1, 0.8, 1.2]
type Down = { granted: true; epoch: number; asked_ms: number } | { granted: false }

/** A process on a volume. */
class Place {
  readonly rate: number
  volumeId = VolumeId.parse(randomUUID())
  bootId = randomUUID()
  alive = true
  open = false
  /** How often the bot had been moved when this instance was made. */
  moves = 0
  up: { volumeId: VolumeId; bootId: string; sessionOpen: boolean; asked_ms: number; moves: number }[] = []
  down: Down[] = []
  grant: Grant
  readonly #world: World

  constructor(world: World, rate: number) {
    this.#world = world
    this.rate = rate
    this.grant = this.#fresh()
  }

  monotonicMs = (): number => this.#world.now * this.rate

  #fresh(): Grant {
    return createGrant({ volumeId: this.volumeId, monotonicMs: this.monotonicMs, onEpoch: () => {} })
  }

  /**
   * Another process: on the same volume (also behind a break, which its machine's reboot does not mend), or (its machine is gone, or the platform has
   * started it twice) on an empty one.
   */
  start(emptyVolume: boolean, moves = this.moves): void {
    this.die()
    if (emptyVolume) this.volumeId = VolumeId.parse(randomUUID())
    this.bootId = randomUUID()
    this.moves = moves
    this.grant = this.#fresh()
    this.alive = true
  }

  die(): void {
    this.alive = false
    this.open = false
    this.cut()
  }

  /** The line breaks: what was on it is lost. */
  cut(): void {
    this.up = []
    this.down = []
  }

  ask(): void {
    if (!this.alive) return
    this.up.push({ volumeId: this.volumeId, bootId: this.bootId, sessionOpen: this.open, asked_ms: this.monotonicMs(), moves: this.moves })
  }

  hear(): void {
    const frame = this.down.shift()
    if (frame === undefined) return
    if (frame.granted) {
      const { epoch, asked_ms } = frame
      this.grant.receive({ epoch, volume_id: this.volumeId, ttl_ms: GRANT_TTL_MS, asked_ms })
    } else this.grant.deny('held_elsewhere')
  }
}

class World {
  /** Of the control plane's clock. */
  now = 0
  epoch = 0
  moves = 0
  held: (Omit<GrantHolder, 'leftMs'> & { expiresAt: number }) | null = null
  lastOpened: { volumeId: string; epoch: number } | null = null
  readonly places = RATES.map((rate) => new Place(this, rate))

  /** The control plane answers what was asked first. */
  answer(place: Place): void {
    const asking = place.up.shift()
    if (asking === undefined) return
    const held = this.held === null ? null : { ...this.held, leftMs: this.held.expiresAt - this.now }
    const decision = decideGrant(held, { ...asking, ousted: asking.moves !== this.moves }, this.epoch, GRANT_GUARD_MS)
    if (!decision.granted) {
      place.down.push({ granted: false })
      return
    }
    this.epoch = Math.max(this.epoch, decision.epoch)
    this.held = { volumeId: asking.volumeId, bootId: asking.bootId, epoch: decision.epoch, expiresAt: this.now + GRANT_TTL_MS }
    place.down.push({ granted: true, epoch: decision.epoch, asked_ms: asking.asked_ms })
  }

  /** The bot's server is given up: it is started elsewhere, on an empty volume. Whatever ran goes on where it is, and knows nothing of it. */
  giveUp(destination: Place): void {
    this.moves += 1
    this.epoch += 1
    if (this.held !== null) this.held.epoch = this.epoch
    destination.start(true, this.moves)
  }

  /** The driver says that the holder is gone, and it is. */
  confirmGone(): void {
    if (this.held === null || this.places.some((place) => place.alive && place.volumeId === this.held?.volumeId)) return
    this.held.expiresAt = Math.min(this.held.expiresAt, this.now - GRANT_GUARD_MS)
  }

  /** As the session does: with a grant that has not run out. WhatsApp tells the one before that it was replaced. */
  open(place: Place): void {
    if (!place.alive || place.open || !place.grant.valid()) return
    const epoch = place.grant.epoch()
    // Never back to a place that another was opened after.
    if (this.lastOpened !== null && this.lastOpened.volumeId !== place.volumeId) expect(epoch).toBeGreaterThan(this.lastOpened.epoch)
    for (const other of this.places) other.open = false
    place.open = true
    this.lastOpened = { volumeId: place.volumeId, epoch }
  }

  check(): void {
    const may = this.places.filter((place) => place.alive && place.grant.valid())
    expect(may.length, `${may.length} volumes may open the session at ${this.now}`).toBeLessThanOrEqual(1)
  }
}

type Step = (world: World) => void
const place = fc.nat({ max: RATES.length - 1 })
const on = (act: (world: World, place: Place) => void) =>
  place.map(
    (nr): Step =>
      (world) =>
        act(world, world.places[nr]!),
  )
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 100, max: 30_000 }).map(
      (ms): Step =>
        (world) =>
          void (world.now += ms),
    ),
  },
  { weight: 4, arbitrary: on((_, each) => each.ask()) },
  { weight: 4, arbitrary: on((world, each) => world.answer(each)) },
  { weight: 4, arbitrary: on((_, each) => each.hear()) },
  // All of it, as it goes when nothing is wrong.
  {
    weight: 3,
    arbitrary: on((world, each) => {
      each.ask()
      while (each.up.length > 0) world.answer(each)
      while (each.down.length > 0) each.hear()
    }),
  },
  { weight: 4, arbitrary: on((world, each) => world.open(each)) },
  // One whose answer would come too late is not answered at all.
  { weight: 1, arbitrary: on((_, each) => void each.up.shift()) },
  { weight: 1, arbitrary: on((_, each) => each.cut()) },
  { weight: 1, arbitrary: on((_, each) => each.die()) },
  {
    weight: 1,
    arbitrary: fc.tuple(place, fc.boolean()).map(
      ([nr, empty]): Step =>
        (world) =>
          world.places[nr]!.start(empty),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.confirmGone()) },
  { weight: 1, arbitrary: on((world, each) => world.giveUp(each)) },
  // The platform starts what it has been told to twice: in one place, on two volumes.
  { weight: 1, arbitrary: on((world, each) => each.start(true, world.moves)) },
)

it('at no time may two volumes open one session, and none opens it again after another did but under a newer grant', () => {
  let opened = 0
  fc.assert(
    fc.property(fc.array(steps, { minLength: 20, maxLength: 120 }), (all) => {
      const world = new World()
      for (const step of all) {
        step(world)
        world.check()
      }
      if (world.lastOpened !== null) opened += 1
    }),
    { numRuns: 6_000 },
  )
  // The worlds are not idle ones.
  expect(opened).toBeGreaterThan(1_000)
})

it('a bot that keeps its session behind a break while its server is given up loses it to the new place, and never gets it back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (awayMs, reboots) => {
      const world = new World()
      const [old, fresh] = world.places as [Place, Place, Place]
      const talk = (each: Place): void => {
        each.ask()
        world.answer(each)
        each.hear()
        world.check()
      }
      talk(old)
      world.open(old)
      world.giveUp(fresh)
      // It asks as soon as it is back, and again, from a machine that was booted anew or not; the new one asks in between.
      world.now += awayMs
      for (const reboot of reboots) {
        if (reboot) old.start(false)
        talk(old)
        expect(old.grant.valid()).toBe(false)
        talk(fresh)
        world.open(fresh)
        world.now += 15_000
      }
      world.now += GRANT_TTL_MS + GRANT_GUARD_MS
      talk(fresh)
      world.open(fresh)
      expect(world.lastOpened?.volumeId).toBe(fresh.volumeId)
      talk(old)
      expect([old.grant.valid(), fresh.grant.valid()]).toEqual([false, true])
    }),
    { numRuns: 500 },
  )
})

it('whatever happened, the one place that is left is granted the session within a minute and a bit', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 80 }), place, (all, left) => {
      const world = new World()
      for (const step of all) step(world)
      for (const each of world.places) each.die()
      const last = world.places[left]!
      last.start(true, world.moves)
      world.now += GRANT_TTL_MS + GRANT_GUARD_MS + 1_000
      last.ask()
      world.answer(last)
      last.hear()
      expect(last.grant.valid()).toBe(true)
    }),
    { numRuns: 500 },
  )
})
