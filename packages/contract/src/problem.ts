import { z } from 'zod'

/** RFC 9457 problem details, media type application/problem+json. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  hint: z.string(),
  instance: z.string().optional(),
  /** Where the mistakes are: JSON path and sentence. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
