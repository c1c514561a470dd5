import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Asking, Handed } from '../store/commands.ts'
import type { Db } from '../store/db.ts'
import { createHandout } from './handout.ts'

const asking = (n: number): Asking => ({ bot: { id: `bot-${n}`, tenantId: `tenant-${n}` }, linkId: randomUUID(), volumeId: randomUUID() })
const told = ({ bot }: Asking): Handed[] => [{ id: bot.id, command: { kind: 'snapshot' } as never }]
const refusal = (code: string): Error => Object.assign(new pg.DatabaseError('refused', 1, 'error'), { code })
const turn = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate)
}

/** Looks are held until they are told how to end. */
function recorded() {
  const looks: { bots: string[]; end: () => void; fail: (error: Error) => void }[] = []
  const handout = createHandout({} as Db, {
    atOnce: 1,
    everyMs: 0,
    take: (_, askings) => {
      const { promise, resolve, reject } = Promise.withResolvers<Handed[][]>()
      looks.push({ bots: askings.map(({ bot }) => bot.id), end: () => resolve(askings.map(told)), fail: reject })
      return promise
    },
  })
  return { handout, looks }
}

describe('the handout', () => {
  it('looks up together those that ask while others are being looked up, and gives each its own', async () => {
    const { handout, looks } = recorded()
    const first = handout(asking(1))
    await turn()
    const others = [handout(asking(2)), handout(asking(3))]
    await turn()
    expect(looks.map(({ bots }) => bots)).toEqual([['bot-1']])
    looks[0]!.end()
    await turn()
    looks[1]!.end()
    expect((await Promise.all([first, ...others])).map(([one]) => one?.id)).toEqual(['bot-1', 'bot-2', 'bot-3'])
    expect(looks).toHaveLength(2)
  })

  it('lets nobody suffer for another’s fault, when it is certain that nothing was taken', async () => {
    const { handout, looks } = recorded()
    const first = handout(asking(1))
    await turn()
    const [faulty, good] = [handout(asking(2)), handout(asking(3))]
    looks[0]!.end()
    await first
    await turn()
    looks[1]!.fail(refusal('22003'))
    await turn()
    expect(looks.slice(2).map(({ bots }) => bots)).toEqual([['bot-2'], ['bot-3']])
    looks[2]!.fail(refusal('22003'))
    looks[3]!.end()
    await expect(faulty).rejects.toThrow('refused')
    expect(await good).toMatchObject([{ id: 'bot-3' }])
  })

  it.each([refusal('57P01'), new Error('Connection terminated unexpectedly')])(
    'ends all when something may have been taken: %s',
    async (failure) => {
      const { handout, looks } = recorded()
      const first = handout(asking(1))
      await turn()
      const others = Promise.allSettled([handout(asking(2)), handout(asking(3))])
      looks[0]!.end()
      await first
      await turn()
      looks[1]!.fail(failure)
      expect((await others).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(looks).toHaveLength(2)
    },
  )
})
