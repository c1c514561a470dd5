import { z } from 'zod'

export const Pacing = z.object({
  enabled: z.boolean(),
  /** Least pause between two messages of one chat. */
  min_gap_ms: z.int().nonnegative(),
  /** Added at random, 0…jitter_ms. */
  jitter_ms: z.int().nonnegative(),
  /** Over all chats. */
  per_minute: z.int().positive(),
  /** Show "typing…" before each message, for a time that grows with its length, up to this. 0 = do not. */
  typing_max_ms: z.int().nonnegative(),
})
export type Pacing = z.infer<typeof Pacing>
export const DEFAULT_PACING: Pacing = { enabled: true, min_gap_ms: 800, jitter_ms: 700, per_minute: 30, typing_max_ms: 1500 }
