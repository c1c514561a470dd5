import pg from 'pg'
import { createGroups } from '../groups.ts'
import type { Asking, Handed } from '../store/commands.ts'
import { takeCommands } from '../store/commands.ts'
import type { Db } from '../store/db.ts'

/** Takes what a bot is to be told. When it rejects, something may have been taken that nobody knows of: the link has to end. */
export type Handout = (asking: Asking) => Promise<Handed[]>

type Question = { asking: Asking; end: PromiseWithResolvers<Handed[]> }

/** More would not be looked up faster. One that waits for a lock must not make all others wait. */
export const HANDOUTS_AT_ONCE = 4
const EVERY_MS = 35

/** Bots that ask while others are being looked up are looked up together: it costs about as much as for one. */
export function createHandout(
  db: Db,
  {
    atOnce = HANDOUTS_AT_ONCE,
    everyMs = EVERY_MS,
    take = takeCommands,
  }: { atOnce?: number; everyMs?: number; take?: typeof takeCommands } = {},
): Handout {
  const look = async (questions: readonly Question[]): Promise<void> => {
    try {
      const lists = await take(
        db,
        questions.map(({ asking }) => asking),
      )
      for (const [i, { end }] of questions.entries()) end.resolve(lists[i]!)
    } catch (error) {
      if (questions.length > 1 && tookNothing(error)) await Promise.all(questions.map((one) => look([one])))
      else for (const { end } of questions) end.reject(error)
    }
  }
  const add = createGroups<Question, Question[]>({ atOnce, everyMs, pick: (waiting) => waiting.splice(0), work: look })
  return (asking) => {
    const question: Question = { asking, end: Promise.withResolvers() }
    add(question)
    return question.end.promise
  }
}

/** Refused by the database for what was asked: it was rolled back, and whose fault it was is seen when each asks alone. */
const tookNothing = (error: unknown): boolean => error instanceof pg.DatabaseError && /^(22|23|40|42|54)/.test(error.code ?? '')
