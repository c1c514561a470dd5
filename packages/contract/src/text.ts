import { z } from 'zod'

/** Text that people read, of at most `max` UTF-16 units: not empty, and not of blanks alone. */
export const filled = (max: number) => z.string().max(max).regex(/\S/u, 'must not be blank')

/** A moment, as the API writes it: ISO 8601, UTC. */
export const At = z.iso.datetime()
