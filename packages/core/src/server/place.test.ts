import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOT_RESERVATION_BYTES, choosePlaceAmong } from './place.ts'
import type { PlaceableServer } from './place.ts'

const MB = 1024 * 1024
const server = (o: Partial<PlaceableServer>): PlaceableServer => ({
  id: o.name ?? 'a',
  name: 'a',
  cordoned: false,
  state: 'well',
  trouble: null,
  capacity: 50,
  bots: 0,
  memory_free_bytes: 4096 * MB,
  coming: 0,
  ...o,
})
const choose = (...servers: PlaceableServer[]) => choosePlaceAmong(servers)

describe('the place of a new bot', () => {
  it.each<[string, PlaceableServer[], string]>([
    ['where most memory is free', [server({ name: 'a', memory_free_bytes: 1 }), server({ name: 'b', memory_free_bytes: 2 })], 'b'],
    ['not where it is about to be taken', [server({ name: 'a', coming: 4 }), server({ name: 'b', memory_free_bytes: 3500 * MB })], 'b'],
    ['not where a person wants none', [server({ name: 'a', cordoned: true }), server({ name: 'b', memory_free_bytes: 1 })], 'b'],
    ['not where it is silent', [server({ name: 'a', state: 'suspected' }), server({ name: 'b', memory_free_bytes: 1 })], 'b'],
    ['not where bots were taken from', [server({ name: 'a', state: 'given_up' }), server({ name: 'b', memory_free_bytes: 1 })], 'b'],
    ['not where all places are taken', [server({ name: 'a', bots: 50 }), server({ name: 'b', memory_free_bytes: 1 })], 'b'],
    [
      'where it is known how much there is',
      [server({ name: 'a', memory_free_bytes: null }), server({ name: 'b', memory_free_bytes: 1 })],
      'b',
    ],
    ['where the platform answers', [server({ name: 'a', trouble: 'no answer' }), server({ name: 'b', memory_free_bytes: null })], 'b'],
    ['where fewest are, of equals', [server({ name: 'a', bots: 2 }), server({ name: 'b', bots: 1 })], 'b'],
    ['by name, of equals in all', [server({ name: 'b' }), server({ name: 'a' })], 'a'],
    ['on the only one, though nobody has heard it yet', [server({ name: 'a', state: 'unheard', memory_free_bytes: null })], 'a'],
  ])('is %s', (_, servers, wanted) => {
    expect(choose(...servers)).toEqual({ id: wanted })
  })

  it('is nowhere when none takes it, and each says why', () => {
    expect(
      choose(
        server({ name: 'a', cordoned: true }),
        server({ name: 'b', bots: 3, capacity: 3 }),
        server({ name: 'c', state: 'unheard', trouble: 'no key' }),
        server({ name: 'd', state: 'given_up' }),
      ),
    ).toEqual({
      refused: [
        { name: 'a', why: 'is cordoned' },
        { name: 'b', why: 'is full (3 of 3)' },
        { name: 'c', why: 'cannot be reached: no key' },
        { name: 'd', why: 'is given up' },
      ],
    })
    expect(choose()).toEqual({ refused: [] })
  })

  it('is one that may take it whenever there is one, whatever their order, and none has more room', () => {
    const any = fc.record({
      cordoned: fc.boolean(),
      state: fc.constantFrom<PlaceableServer['state'][]>('unheard', 'well', 'suspected', 'given_up'),
      trouble: fc.constantFrom(null, 'no answer'),
      capacity: fc.integer({ min: 1, max: 4 }),
      bots: fc.integer({ min: 0, max: 5 }),
      memory_free_bytes: fc.option(fc.integer({ min: 0, max: 8 }).map((nr) => nr * BOT_RESERVATION_BYTES)),
      coming: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), fc.nat(), (list, turn) => {
        const servers = list.map((each, nr): PlaceableServer => ({ ...each, id: `id-${nr}`, name: `n-${nr}` }))
        const may = servers.filter(
          ({ cordoned, state, trouble, bots, capacity }) =>
            !cordoned && bots < capacity && (state === 'well' || (state === 'unheard' && trouble === null)),
        )
        const choice = choosePlaceAmong(servers)
        const at = servers.length === 0 ? 0 : turn % servers.length
        expect(choosePlaceAmong([...servers.slice(at), ...servers.slice(0, at)])).toEqual(
          'id' in choice ? choice : { refused: expect.arrayContaining(choice.refused) },
        )
        if ('refused' in choice) {
          expect(may).toEqual([])
          expect(choice.refused).toHaveLength(servers.length)
          return
        }
        const chosen = may.find(({ id }) => id === choice.id)
        expect(chosen).toBeDefined()
        const room = ({ trouble, memory_free_bytes: free, coming }: PlaceableServer): [number, number, number] => [
          trouble === null ? 1 : 0,
          free === null ? 0 : 1,
          (free ?? 0) - coming * BOT_RESERVATION_BYTES,
        ]
        for (const other of may) {
          const [mine, theirs] = [room(chosen!), room(other)]
          const first = mine.findIndex((value, nr) => value !== theirs[nr])
          if (first !== -1) expect(mine[first]).toBeGreaterThan(theirs[first]!)
        }
      }),
    )
  })
})
