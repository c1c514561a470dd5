import { z } from 'zod'

/** A paying customer; the unit of isolation. UUIDv7 by us; a foreign dashboard may bring any string of its own as `external_id`. */
export const TenantId = z.uuid().brand('TenantId')
export type TenantId = z.infer<typeof TenantId>

/** A tenant's WhatsApp bot. */
export const BotId = z.uuid().brand('BotId')
export type BotId = z.infer<typeof BotId>

export const ConversationId = z.uuid().brand('ConversationId')
export type ConversationId = z.infer<typeof ConversationId>

export const MessageId = z.uuid().brand('MessageId')
export type MessageId = z.infer<typeof MessageId>

export const FlowVersionId = z.uuid().brand('FlowVersionId')
export type FlowVersionId = z.infer<typeof FlowVersionId>

/** Names one volume of one bot, made by the bot when the volume is first used. A restored snapshot gets a new one. */
export const VolumeId = z.uuid().brand('VolumeId')
export type VolumeId = z.infer<typeof VolumeId>

/** Grows each time a bot may run somewhere new. 0 = never granted. */
export const Epoch = z.int().nonnegative()
export type Epoch = z.infer<typeof Epoch>
