import { z } from 'zod'
import { At } from './text.ts'
import { BotState, StateReason } from './vocabulary.ts'

/** For how long a pairing link may be good, in hours: a week at most. */
export const PairingLinkCreate = z.strictObject({ expires_in_hours: z.int().min(1).max(168).default(24) })

/** What the operator sends to a customer, who then links the WhatsApp account of a tenant's bot without signing in. One per tenant: a new one voids the old. */
export const PairingLink = z.object({
  created_at: At,
  expires_at: At,
  used_at: At.nullable().describe('When the bot was connected. From then on the link shows nothing to scan.'),
})
export type PairingLink = z.infer<typeof PairingLink>

export const PairingLinkCreated = PairingLink.extend({ url: z.string().describe('Shown once: only its hash is kept.') })
export type PairingLinkCreated = z.infer<typeof PairingLinkCreated>

/** The part of the link behind `#`, which browsers send nowhere by themselves. */
const token = z.string().min(1).max(200).describe('The part of the link behind `#`.')
export const PairingLook = z.strictObject({ token })
export const PairingAsk = z.strictObject({
  token,
  phone: z.string().max(40).optional().describe('A code for this phone, instead of a QR.'),
})

/** All that whoever has the link sees. Not which account was linked: the link may have been passed on. */
export const Pairing = z.object({
  name: z.string().describe('The tenant’s.'),
  state: BotState,
  reason: StateReason,
  alive: z.boolean(),
  qr_code: z.string().nullable(),
  qr_expires_at: At.nullable(),
  pairing_code: z.string().nullable(),
  link_expires_at: At,
})
export type Pairing = z.infer<typeof Pairing>
