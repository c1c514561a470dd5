import type { Machine } from './machine.ts'

/** `skip`: could not be looked at here, and `found` says why. */
export type Outcome = { state: 'ok' | 'warn' | 'fail' | 'skip'; found: string; fix?: string }
export type Finding = { id: string; title: string } & Outcome

/** One thing that doctor looks at. `needs` names what must be true for the question to make sense. */
export type Check = { id: string; title: string; needs?: 'docker' | 'local docker'; run: (machine: Machine) => Promise<Outcome> }

export const ok = (found: string): Outcome => ({ state: 'ok', found })
export const skip = (found: string): Outcome => ({ state: 'skip', found })
export const warn = (found: string, fix: string): Outcome => ({ state: 'warn', found, fix })
export const fail = (found: string, fix: string): Outcome => ({ state: 'fail', found, fix })

const MARK: Record<Outcome['state'], string> = { ok: '✓', warn: '!', fail: '✗', skip: '–' }

export function findingLines({ title, state, found, fix }: Finding): string[] {
  return [`${MARK[state]} ${title}: ${found}`, ...(fix === undefined ? [] : [`    → ${fix}`])]
}

export function summary(findings: readonly Finding[], how = 'in containers'): string {
  const count = (state: Outcome['state']): number => findings.filter((finding) => finding.state === state).length
  const [wrong, doubtful, skipped] = [count('fail'), count('warn'), count('skip')]
  const rest = skipped === 0 ? '' : ` ${things(skipped, 'check')} could not be made here.`
  if (wrong > 0) {
    const more = doubtful === 0 ? '' : `, ${things(doubtful, 'more')} ${doubtful === 1 ? 'deserves' : 'deserve'} a look`
    const without = findings.some(({ id, state }) => id === 'docker' && state === 'fail')
      ? ' Without Docker, they still run as processes (npm start, npm run demo): each is kept apart from the others by less.'
      : ''
    return `${things(wrong, 'thing')} must be put right before bots run ${how} here${more}.${rest}${without}`
  }
  if (doubtful > 0) return `Bots can run here; ${things(doubtful, 'thing')} ${doubtful === 1 ? 'deserves' : 'deserve'} a look.${rest}`
  return `All is well.${rest}`
}

function things(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 || noun === 'more' ? '' : 's'}`
}
