import { z } from 'zod'

/** What is wrong with a field, for programs: what our own checks find, then the schema's. Dashboards say it in their own words. */
export const FieldFault = z.enum([
  'not_an_address',
  'https_required',
  'address_with_extras',
  'address_forbidden',
  'unstorable',
  'invalid_type',
  'invalid_value',
  'invalid_format',
  'invalid_union',
  'too_small',
  'too_big',
  'unrecognized_keys',
])
export type FieldFault = z.infer<typeof FieldFault>

export const FieldMistake = z.object({ path: z.string(), message: z.string(), code: z.string().optional() })
/** `code` is a FieldFault, or one of a newer version. */
export type FieldMistake = z.infer<typeof FieldMistake>

/** A mistake that a schema's own check finds, to be added to its issues. */
export const faultIssue = (fault: FieldFault, message: string) => ({ code: 'custom', message, params: { fault } }) as const

/** RFC 9457 problem details, media type application/problem+json. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  hint: z.string(),
  instance: z.string().optional(),
  /** Where the mistakes are: JSON path, sentence, and what it is about where that has a name. */
  errors: z.array(FieldMistake).optional(),
})
export type Problem = z.infer<typeof Problem>
