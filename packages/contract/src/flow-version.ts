import { z } from 'zod'
import { Flow } from './flow.ts'
import { FlowVersionId } from './ids.ts'
import { At } from './text.ts'

export const FlowVersion = z.object({
  id: FlowVersionId,
  version: z.int().positive(),
  active: z.boolean(),
  flow: Flow,
  created_at: At,
})
export type FlowVersion = z.infer<typeof FlowVersion>
