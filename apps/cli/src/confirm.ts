import type { Context, Flag } from './command.ts'
import { Problem } from './command.ts'

export const yes: Flag = { kind: 'flag', short: 'y', summary: 'do it without asking' }

/** Asks before what cannot be taken back. @throws when the answer is not yes, or nobody is there to give one */
export async function confirmed({ terminal, json }: Context, sure: boolean, question: string): Promise<void> {
  if (sure) return
  const answer = json ? null : await terminal.ask(`${question} [y/N] `)
  if (answer === null) throw new Problem(`This asks first: ${question}`, 'Nobody is there to answer: say --yes.')
  if (!/^(?:y|yes|s|sim)$/i.test(answer.trim())) throw new Problem('Nothing was done.', 'To do it, answer y.')
}
