import type { AlertKind } from '@zaptria/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lives, settled } from './observed.ts'
import type { BotDesired, BotObserved } from './observed.ts'
import { plan } from './plan.ts'
import type { PlanStep } from './plan.ts'

type Instance = { generation: number; state: 'creating' | 'running' | 'exited'; since: number; hangs: boolean }

/**
 * A server and its worker, with a driver that does just what it is told: a second `apply` makes a second instance. `trouble` is what the
 * adversary has switched on.
 */
class World {
  now = 1_000_000_000
  desired: BotDesired = { desired: 'running', generation: 1 }
  instances: Instance[] = []
  /** Made with the first instance, and never to be removed by a plan. */
  volume = false
  link = { up: false, last_beat_at_ms: null as number | null }
  attempts = 0
  appliedAt: number | null = null
  alerts = new Set<AlertKind>()
  mute = false
  /** What the driver last said, and since when. */
  heard: { state: BotObserved['instance']['state']; since: number } = { state: 'absent', since: this.now }

  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.now += 1000
      for (const instance of this.instances) {
        if (instance.state === 'creating' && this.now - instance.since >= 3000)
          Object.assign(instance, { state: 'running', since: this.now })
        const beats = instance.state === 'running' && !instance.hangs && this.now - instance.since >= 2000
        if (beats) this.link = { up: true, last_beat_at_ms: this.now }
      }
      if (!this.instances.some((instance) => instance.state === 'running')) this.link.up = false
    }
  }

  observe(): BotObserved {
    const instance = this.instances[0]
    const state = this.mute ? 'unknown' : (instance?.state ?? 'absent')
    if (state !== this.heard.state) this.heard = { state, since: this.now }
    return {
      instance: { state, generation: instance?.generation ?? null, changed_at_ms: this.heard.since },
      link: { ...this.link },
      started_at_ms: this.appliedAt,
      bot_state: 'qr_ready',
      reason: 'waiting_for_scan',
      attempts: this.attempts,
      open_alerts: [...this.alerts],
    }
  }

  /** One worker's pass. It dies after `survives` single acts; a recreate is two of them. */
  reconcile(survives = Infinity): PlanStep[] {
    const observed = this.observe()
    if (settled(observed, this.now)) this.attempts = 0
    const { steps } = plan(this.desired, { ...observed, attempts: this.attempts }, this.now)
    let left = survives
    for (const act of steps.flatMap((step) => this.actsOf(step))) {
      if (left-- <= 0) break
      act()
    }
    return steps
  }

  actsOf(step: PlanStep): (() => void)[] {
    const apply = (): void => {
      this.attempts++
      this.appliedAt = this.now
      this.volume = true
      this.instances.push({ generation: this.desired.generation, state: 'creating', since: this.now, hangs: false })
    }
    const clear = (): void => void (this.instances = [])
    const stop = (): void => this.instances.forEach((instance) => Object.assign(instance, { state: 'exited', since: this.now }))
    switch (step.do) {
      case 'apply':
        return [apply]
      case 'recreate':
        return [clear, apply]
      case 'remove':
        return [clear]
      case 'stop':
        return [stop]
      case 'raise':
        return [() => this.alerts.add(step.alert)]
      case 'resolve':
        return [() => this.alerts.delete(step.alert)]
      default:
        return step satisfies never
    }
  }
}

type Trouble = (world: World) => void
const onInstances =
  (change: Partial<Instance>): Trouble =>
  (world) => {
    for (const instance of world.instances) Object.assign(instance, { ...change, since: world.now })
  }
const troubles: Record<string, Trouble> = {
  'the process dies': onInstances({ state: 'exited' }),
  'the process hangs': onInstances({ hangs: true }),
  'the container vanishes': (world) => void (world.instances = []),
  'the driver answers unknown': (world) => void (world.mute = true),
  'the driver answers again': (world) => void (world.mute = false),
  'a restart is wanted': (world) => void world.desired.generation++,
  'it is to run': (world) => void (world.desired.desired = 'running'),
  'it is to stop': (world) => void (world.desired.desired = 'stopped'),
  'it is to be removed': (world) => void (world.desired.desired = 'removed'),
  nothing: () => undefined,
}
const history = fc.array(
  fc.record({
    trouble: fc.constantFrom(...Object.keys(troubles)),
    seconds: fc.constantFrom(0, 1, 5, 30, 61, 130, 400),
    // The worker dies before, within, or after its acts.
    survives: fc.constantFrom(0, 1, 2, Infinity, Infinity, Infinity),
  }),
  { maxLength: 30 },
)

const livesThrough = (drawn: readonly { trouble: string; seconds: number; survives: number }[], check: (world: World) => void): World => {
  const world = new World()
  for (const { trouble, seconds, survives } of drawn) {
    troubles[trouble]?.(world)
    world.pass(seconds)
    const had = world.volume
    const silent = world.mute
    const before = JSON.stringify(world.instances)
    world.reconcile(survives)
    if (had) expect(world.volume, 'the volume is still there').toBe(true)
    if (silent) expect(JSON.stringify(world.instances), 'nothing is done on a guess').toBe(before)
    check(world)
  }
  return world
}

/** Time passes without trouble, each pass when the last plan asked for it. */
const calm = (world: World, seconds: number): void => {
  world.mute = false
  const end = world.now + seconds * 1000
  while (world.now < end) {
    const look = plan(world.desired, world.observe(), world.now).look_again_ms
    world.reconcile()
    world.pass(Math.ceil(look / 1000))
  }
}

describe('a bot under its plan', () => {
  it('never has two instances, loses no volume, and is not touched on a guess, whatever happens', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        livesThrough(drawn, (world) => expect(world.instances.length).toBeLessThanOrEqual(1))
      }),
      { numRuns: 1000 },
    )
  })

  it('is as wanted once trouble ends, with no alert left, and then nothing more is done', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const world = livesThrough(drawn, () => undefined)
        // The longest wait: five minutes of backoff, two of silence, one to settle, and the steps between.
        calm(world, 600)
        const [instance] = world.instances
        switch (world.desired.desired) {
          case 'running':
            expect(instance).toMatchObject({ state: 'running', generation: world.desired.generation })
            expect(lives(world.observe(), world.now)).toBe(true)
            expect(world.attempts).toBe(0)
            break
          case 'stopped':
            expect(instance?.state ?? 'exited').toBe('exited')
            break
          case 'removed':
            expect(instance).toBeUndefined()
            break
        }
        expect([...world.alerts]).toEqual([])
        expect(world.reconcile()).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('has the same plan however often it is made, and doing a step twice is doing it once where the driver is idempotent', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const world = livesThrough(drawn, () => undefined)
        const observed = world.observe()
        const first = plan(world.desired, observed, world.now)
        expect(plan(world.desired, observed, world.now)).toEqual(first)
        // Stopping, removing and alerts stand on their own; to apply is safe because the next look sees what was applied.
        world.reconcile()
        expect(world.reconcile().filter((step) => step.do !== 'raise')).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('that dies again and again is tried ever more rarely, but within five minutes', () => {
    const world = new World()
    const applied: number[] = []
    for (let i = 0; i < 3600; i++) {
      const before = world.appliedAt
      world.reconcile()
      if (world.appliedAt !== before) applied.push(world.now)
      world.pass(1)
      troubles['the process dies']?.(world)
    }
    const gaps = applied.slice(1).map((at, i) => (at - (applied[i] ?? 0)) / 1000)
    expect(gaps.slice(0, 6)).toEqual([2, 2, 4, 8, 16, 32])
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(302)
  })
})
