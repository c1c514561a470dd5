import type { Page } from '../app/page.ts'

/** Each reaction that arrives, or is put here, passes; a client wraps the function. */
export const make = ({ reactions }: Page) => ({ reactionTableMode: reactions.table })
