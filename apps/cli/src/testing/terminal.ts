import type { Terminal } from '../command.ts'

/** A terminal where these lines are typed; a question is answered with the next of them, and nobody sits there when there is none. */
export function typed(...lines: string[]): Terminal {
  const left = [...lines]
  return {
    drawn: false,
    columns: 120,
    lines: async function* () {
      for (let next = left.shift(); next !== undefined; next = left.shift()) yield await Promise.resolve(next)
    },
    ask: () => Promise.resolve(left.shift() ?? null),
  }
}
