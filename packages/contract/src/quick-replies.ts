import { z } from 'zod'
import { At, filled } from './text.ts'

export const MAX_QUICK_REPLIES_PER_TENANT = 200

/** What one types behind `/`: one word, the same however it is written. */
const shortcut = z
  .string()
  .trim()
  .normalize('NFC')
  .toLowerCase()
  .max(32)
  .refine((text) => /^[\p{L}\p{N}_-]+$/u.test(text), 'takes letters, digits, - and _')
  .describe('One word of letters, digits, - and _.')
const body = filled(4096)

/** A short text that a tenant’s people insert when they answer. */
export const QuickReply = z.object({
  id: z.uuid(),
  shortcut: z.string().describe('Typed behind `/` it brings the text. Lower case.'),
  body: z.string().describe('`{{name}}` stands for the contact’s first name, filled in where it is inserted.'),
  created_at: At,
  updated_at: At,
})
export type QuickReply = z.infer<typeof QuickReply>

export const QuickReplyCreate = z.strictObject({ shortcut, body })
export type QuickReplyCreate = z.infer<typeof QuickReplyCreate>
export const QuickReplyUpdate = z.strictObject({ shortcut: shortcut.optional(), body: body.optional() })
export type QuickReplyUpdate = z.infer<typeof QuickReplyUpdate>
