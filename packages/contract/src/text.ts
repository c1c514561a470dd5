import { z } from 'zod'

/** Text that people read, of at most `max` UTF-16 units: not empty, and not of blanks and what is never seen alone. */
export const filled = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/[^\s\p{Default_Ignorable_Code_Point}]/u, 'must not be blank')

/** A moment, as the API writes it: ISO 8601, UTC. */
export const At = z.iso.datetime()
