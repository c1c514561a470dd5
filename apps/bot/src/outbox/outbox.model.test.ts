import type { BotEventBody } from '@zaptria/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tempDir } from '../testing/bot.ts'
import { openDatabase } from './database.ts'
import { createOutbox, type Outbox } from './outbox.ts'

type Real = { outbox: Outbox; reopen: () => void }
type Pending = { key: string; kind: BotEventBody['kind']; lane: string; aside: boolean }
/** What must be on disk: in order, each message once. */
type Model = { pending: Pending[]; seen: Set<string>; marks: Map<string, number> }
type Command = fc.Command<Model, Real>

const CHATS = ['5511900000001@c.us', '5511900000002@c.us', '77@lid', '1203@g.us']
const keyOf = (body: BotEventBody): string =>
  body.kind === 'message' ? `${body.chat_id} ${body.from_me} ${body.wa_id}` : JSON.stringify(body)

const check = (model: Model, { outbox }: Real): void => {
  const stored = outbox.events.pending(0, 10_000, 1e9)
  expect(stored.map((event) => keyOf(event.body))).toEqual(model.pending.filter((event) => !event.aside).map((event) => event.key))
  expect(stored.every((event, index) => index === 0 || event.seq > (stored[index - 1]?.seq ?? 0))).toBe(true)
  expect(outbox.events.counts().setAside).toBe(model.pending.filter((event) => event.aside).length)
  expect(outbox.volume.watermarks()).toEqual(model.marks)
  // One head per lane, and it is the oldest.
  const heads = outbox.events.heads(1_000).map((event) => keyOf(event.body))
  const lanes = new Map<string, string>()
  for (const event of model.pending) if (!event.aside && !lanes.has(event.lane)) lanes.set(event.lane, event.key)
  expect(heads.toSorted()).toEqual([...lanes.values()].toSorted())
}

class Append implements Command {
  readonly bodies: BotEventBody[]
  readonly move: boolean
  constructor(bodies: BotEventBody[], move: boolean) {
    this.bodies = bodies
    this.move = move
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    real.outbox.events.append(this.bodies.map((body) => ({ body, epoch: 1, moveWatermark: this.move })))
    for (const body of this.bodies) {
      const key = keyOf(body)
      if (body.kind === 'message') {
        if (this.move) model.marks.set(body.chat_id, Math.max(model.marks.get(body.chat_id) ?? 0, body.timestamp))
        if (model.seen.has(key)) continue
        model.seen.add(key)
      }
      if (body.kind === 'qr') model.pending = model.pending.filter((event) => event.kind !== 'qr')
      model.pending.push({ key, kind: body.kind, lane: 'chat_id' in body ? body.chat_id : body.kind, aside: false })
    }
    check(model, real)
  }
  toString = (): string => `append(${this.bodies.map(keyOf).join('; ')})`
}
class Acknowledge implements Command {
  readonly share: number
  constructor(share: number) {
    this.share = share
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    const stored = real.outbox.events.pending(0, 10_000, 1e9)
    const last = stored[Math.floor(this.share * stored.length)]
    if (last === undefined) return
    real.outbox.events.acknowledge(last.seq)
    const upTo = model.pending.findIndex((event) => event.key === keyOf(last.body) && !event.aside)
    model.pending = model.pending.filter((event, index) => event.aside || index > upTo)
    check(model, real)
  }
  toString = (): string => `acknowledge(${this.share})`
}
class Lane implements Command {
  readonly what: 'deliver' | 'aside'
  readonly pick: number
  constructor(what: 'deliver' | 'aside', pick: number) {
    this.what = what
    this.pick = pick
  }
  check = (model: Model): boolean => model.pending.some((event) => !event.aside)
  run(model: Model, real: Real): void {
    const heads = real.outbox.events.heads(1_000)
    const head = heads[this.pick % heads.length]
    if (head === undefined) throw new Error('no head though something waits')
    const found = model.pending.find((event) => event.key === keyOf(head.body) && !event.aside)
    if (this.what === 'deliver') {
      real.outbox.events.delivered(head.seq)
      model.pending = model.pending.filter((event) => event !== found)
    } else {
      real.outbox.events.setAside(head.seq, 'refused')
      if (found !== undefined) found.aside = true
    }
    check(model, real)
  }
  toString = (): string => `${this.what}(${this.pick})`
}
class Simple implements Command {
  readonly what: 'reopen' | 'replay' | 'prune'
  constructor(what: 'reopen' | 'replay' | 'prune') {
    this.what = what
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    if (this.what === 'reopen') real.reopen()
    if (this.what === 'prune') real.outbox.prune()
    if (this.what === 'replay') {
      real.outbox.events.replay()
      const aside = model.pending.filter((event) => event.aside)
      model.pending = [...model.pending.filter((event) => !event.aside), ...aside.map((event) => ({ ...event, aside: false }))]
    }
    check(model, real)
  }
  toString = (): string => this.what
}

const message = fc.record({
  kind: fc.constant('message' as const),
  wa_id: fc.constantFrom('1', '2', '3', '4'),
  chat_id: fc.constantFrom(...CHATS),
  from_me: fc.boolean(),
  sender: fc.constant('1@c.us'),
  phone: fc.constant(null),
  lid: fc.constant(null),
  body: fc.string({ maxLength: 20 }),
  timestamp: fc.integer({ min: 1_000, max: 2_000 }),
  type: fc.constant('chat'),
})
let unique = 0
const body: fc.Arbitrary<BotEventBody> = fc.oneof(
  { weight: 6, arbitrary: message },
  fc.constantFrom('a', 'b', 'c').map((code): BotEventBody => ({ kind: 'qr', qr_code: code })),
  fc.constantFrom(...CHATS).map((chat): BotEventBody => ({ kind: 'ack', wa_id: `k${(unique += 1)}`, chat_id: chat, ack: 1 })),
  fc.constant(null).map((): BotEventBody => ({ kind: 'state', state: 'connected', reason: 'ready', detail: `${(unique += 1)}` })),
)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.array(body, { minLength: 1, maxLength: 5 }), fc.boolean()).map(([bodies, move]) => new Append(bodies, move)),
  },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((share) => new Acknowledge(share)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('deliver' as const, 'aside' as const), fc.nat(50)).map(([what, pick]) => new Lane(what, pick)),
  },
  { weight: 1, arbitrary: fc.constantFrom('reopen' as const, 'replay' as const, 'prune' as const).map((what) => new Simple(what)) },
)

describe('outbox', () => {
  it('keeps every event once and in order, whatever happens to it', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands([command], { maxCommands: 25 }), async (commands) => {
        await using dir = await tempDir()
        const real: Real = {
          outbox: createOutbox(openDatabase(dir.path), Date.now),
          reopen() {
            this.outbox.close()
            this.outbox = createOutbox(openDatabase(dir.path), Date.now)
          },
        }
        try {
          fc.modelRun(() => ({ model: { pending: [], seen: new Set<string>(), marks: new Map<string, number>() }, real }), commands)
        } finally {
          real.outbox.close()
        }
      }),
      { numRuns: 60 },
    )
  })
})
