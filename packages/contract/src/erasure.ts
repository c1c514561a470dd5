import { z } from 'zod'
import { TenantId } from './ids.ts'
import { At } from './text.ts'

/** `erasing`: its key is destroyed, and the rest follows. `erased`: nothing is left but this. */
export const ErasureState = z.enum(['erasing', 'erased'])
export type ErasureState = z.infer<typeof ErasureState>

/** A tenant that was removed. Its data are kept until people order them to be destroyed. */
export const RemovedTenant = z.object({
  id: TenantId,
  name: z.string().nullable().describe('Null once it is erased.'),
  external_id: z.string().nullable(),
  created_at: At,
  removed_at: At,
  erasure: z
    .object({
      state: ErasureState,
      asked_at: At,
      erased_at: At.nullable(),
      waiting_for: z
        .array(
          z.object({ server_id: z.uuid(), server_name: z.string(), trouble: z.string().nullable().describe('What it said last instead.') }),
        )
        .describe('Servers that have not yet said that nothing of its bot is there any more. They are asked until they do.'),
    })
    .nullable()
    .describe('Null: its data are kept.'),
})
export type RemovedTenant = z.infer<typeof RemovedTenant>

export const TenantErase = z.strictObject({
  confirm: z.string().min(1).max(200).describe('Its name, or its id: this cannot be taken back.'),
})
export type TenantErase = z.infer<typeof TenantErase>
