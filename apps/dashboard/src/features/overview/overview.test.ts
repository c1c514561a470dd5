import { Hint, type Alert, type OverviewTenant } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { addTenants, overviewOf } from '../../testing/mock-overview.ts'
import { makeAlert, makeWorld, say, type World } from '../../testing/world.ts'
import { attentionOf } from './attention.ts'
import { inOrder } from './calm-order.ts'
import { tileOf } from './follow.ts'
import { patchTiles, shareById } from './overview.ts'
import { countAll, select, type Wanted } from './standing.ts'

const collator = new Intl.Collator('pt-BR', { numeric: true, sensitivity: 'base' })
const ALL: Wanted = { q: '', filter: null, order: 'attention' }
function sample(change: (world: World) => void = () => {}): OverviewTenant[] {
  const world = makeWorld()
  change(world)
  return overviewOf(world, null)
}
const many = (count: number) => sample((world) => addTenants(world, count))
const names = (tenants: readonly { name: string | null }[]) => tenants.map(({ name }) => name)

describe('the overview’s data', () => {
  it('keeps what did not change as it is, wherever it stands now', () => {
    const old = many(5)
    const fresh = structuredClone([...old].toReversed())
    const shared = shareById(old, fresh)
    expect(shared.map((tenant) => old.indexOf(tenant))).toEqual([4, 3, 2, 1, 0])
    expect(shareById(old, structuredClone(old))).toBe(old)
  })

  it('takes in what changed, what is new, and what is gone', () => {
    const [newest, ...known] = many(4)
    const [first, second, third] = known
    if (newest === undefined || first === undefined || second === undefined || third === undefined) throw new Error('no tenants')
    const renamed = { ...second, name: 'Outro nome' }
    const patched = patchTiles(known, [newest.id, second.id, third.id], [newest, renamed])
    expect(patched).toEqual([newest, first, renamed])
    expect(patched[1]).toBe(first)
  })

  it('knows of every hint whether it changes a tile', () => {
    for (const noun of Hint.shape.noun.options) expect(tileOf({ noun, id: 'x', tenant_id: 't' })).toSatisfy((id) => id !== undefined)
    expect(tileOf({ noun: 'tenant', id: 'x', tenant_id: null })).toBe('x')
    expect(tileOf({ noun: 'message', id: 'c', tenant_id: 't' })).toBe('t')
  })
})

describe('the overview', () => {
  it('counts every tenant once', () => {
    const { waiting, ...tones } = countAll(many(100))
    expect(Object.values(tones).reduce((sum, count) => sum + count)).toBe(100)
    expect(waiting).toBeGreaterThan(0)
  })

  it('shows problems first, and of equals those with people waiting', () => {
    const shown = select(many(60), ALL, collator)
    expect(shown[0]?.bot?.state.state).toBe('banned')
    expect(shown.at(-1)?.bot).toBeNull()
  })

  it.each([
    ['padaria', 'Padaria Estrela'],
    ['ESTRELA padária', 'Padaria Estrela'],
    ['98765-4321', 'Padaria Estrela'],
    ['(11) 98765', 'Padaria Estrela'],
  ])('finds “%s”', (q, name) => {
    const tenants = sample((world) => say(world, 'connected', 'ready', { number: '5511987654321' }))
    expect(names(select(tenants, { ...ALL, q }, collator))).toEqual([name])
    expect(select(tenants, { ...ALL, q: `${q} x` }, collator)).toEqual([])
  })

  it('orders names as people do', () => {
    const tenants = sample().flatMap((tenant) => ['Zé 10', 'Zé 9', 'água', 'Bia'].map((name) => ({ ...tenant, name })))
    expect(names(select(tenants, { ...ALL, order: 'name' }, collator))).toEqual(['água', 'Bia', 'Zé 9', 'Zé 10'])
  })

  it('moves nothing while somebody points at it; what is new comes last', () => {
    const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
    expect(inOrder([c, b, a], ['a', 'gone', 'b'])).toEqual([a, b, c])
  })
})

describe('what needs attention', () => {
  const now = Date.now()
  const of = (change: (world: World) => void, alerts: (world: World) => Alert[] = () => []) => {
    const world = makeWorld()
    world.conversations = []
    change(world)
    return attentionOf(overviewOf(world, null), alerts(world), now)
  }

  it('starts no bot that was removed on purpose', () => {
    const about = (world: World) => world.tenants.slice(0, 1).map((tenant) => makeAlert(tenant, 'bot_needs_scan'))
    const stepFor = (desired: 'stopped' | 'removed') => of((world) => void (world.bot.desired = desired), about)[0]?.step
    expect(stepFor('stopped')).toMatchObject({ kind: 'deed', deed: 'start' })
    expect(stepFor('removed')).toMatchObject({ kind: 'open', place: 'connect' })
  })

  it('is nothing when all is well', () => expect(of((world) => say(world, 'connected', 'ready'))).toEqual([]))

  it('is a phone that has to scan, with the way to the QR', () => {
    expect(of((world) => say(world, 'qr_ready', 'waiting_for_scan'))).toMatchObject([
      { tone: 'info', what: 'state.qr_ready', step: { kind: 'open', place: 'connect', label: 'overview.open.qr' } },
    ])
  })

  it('is a lost session, with the deed that helps', () => {
    expect(of((world) => say(world, 'logged_out', 'logout_by_phone'))).toMatchObject([{ step: { kind: 'deed', deed: 'pair' } }])
    expect(of((world) => say(world, 'failed', 'disk_full'))).toMatchObject([{ tone: 'bad', step: { kind: 'deed', deed: 'restart' } }])
  })

  it('is not a bot that reconnects by itself, until it takes long', () => {
    expect(of((world) => say(world, 'reconnecting', 'network_lost'))).toEqual([])
    const long = of((world) => {
      say(world, 'reconnecting', 'network_lost')
      world.bot.state.at = new Date(now - 600_000).toISOString()
    })
    expect(long).toMatchObject([{ tone: 'warn', what: 'state.reconnecting' }])
  })

  it('says each tenant once, by what is gravest, and the gravest first', () => {
    const found = of(
      (world) => {
        addTenants(world, 16)
        say(world, 'banned', 'account_banned')
      },
      (world) => [makeAlert(world.tenants[0]!, 'bot_banned'), { ...makeAlert(world.tenants[0]!, 'server_unreachable'), tenant_id: null }],
    )
    expect(new Set(found.map(({ tenantId }) => tenantId)).size).toBe(found.length)
    expect(found.slice(0, 2).map(({ what }) => what)).toEqual(expect.arrayContaining(['alert.bot_banned', 'alert.server_unreachable']))
    const ranks = found.map(({ tone }) => ['bad', 'warn', 'info'].indexOf(tone))
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
  })

  it('knows what an alert adds', () => {
    const found = of(
      (world) => say(world, 'connected', 'ready'),
      (world) => [makeAlert(world.tenants[0]!, 'bot_restarted', 'replaced, because it had ended')],
    )
    expect(found).toMatchObject([{ detail: { kind: 'bot_restarted', text: 'replaced, because it had ended' } }])
    expect(of((world) => say(world, 'banned', 'account_banned'))).toMatchObject([{ detail: null }])
  })

  it('is, last of all, that nobody is answered by itself, until people say that they answer', () => {
    const silent = (world: World) => {
      say(world, 'connected', 'ready')
      Object.assign(world, { versions: [], webhooks: [] })
    }
    expect(of(silent)).toMatchObject([{ tone: 'info', what: 'connected.nobody', meant: true, step: { kind: 'open', place: 'flow' } }])
    const tenants = sample(silent).map((tenant) => ({ ...tenant, waiting: 0 }))
    expect(attentionOf(tenants, [], now, new Set(tenants.map(({ id }) => id)))).toEqual([])
    // Before it is connected, it is no matter.
    expect(of((world) => (silent(world), say(world, 'qr_ready', 'waiting_for_scan')))).toMatchObject([{ what: 'state.qr_ready' }])
    expect(of((world) => (silent(world), say(world, 'syncing', 'history_sync')))).toEqual([])
  })

  it('is a conversation in which a person is waited for', () => {
    const found = of((world) => {
      say(world, 'connected', 'ready')
      world.conversations = makeWorld().conversations.map((each) => ({ ...each, answering: 'person' }))
    })
    expect(found).toMatchObject([{ what: 'overview.waiting', count: 1, step: { place: 'conversations' } }])
  })
})
