import { z } from 'zod'
import { MessageKey, Sha256 } from './events.ts'
import type { MediaKind } from './vocabulary.ts'

/**
 * Bytes travel as HTTP beside the link, streamed, with the link's own credentials: `PUT` with a message's key in the query brings what a message
 * holds, `GET …/<media id>` fetches what is to be sent. Both are addresses below the link's.
 */
export const BOT_MEDIA_PATH = '/api/bots/media'

/** `PUT BOT_MEDIA_PATH?…`: whose bytes these are. */
export const BotMediaQuery = MessageKey.extend({
  // A query is text.
  from_me: z.enum(['true', 'false']).transform((text) => text === 'true'),
  /** What WhatsApp says of the bytes: what does not match was damaged on the way. */
  sha256: Sha256.optional(),
})
export type BotMediaQuery = z.input<typeof BotMediaQuery>

/** What has arrived, by our own count. */
export const BotMediaStored = z.object({ sha256: Sha256, size_bytes: z.int().nonnegative() })

/** Largest sizes, in bytes. */
export const MediaLimits = z.object({
  document: z.int().positive().describe('In bytes, of what is sent as a document.'),
  other: z.int().positive().describe('In bytes, of a picture, a video, an audio or a sticker. What is larger can go as a document.'),
})
export type MediaLimits = z.infer<typeof MediaLimits>

export const largest = (limits: MediaLimits, kind: MediaKind): number => (kind === 'document' ? limits.document : limits.other)

const KINDS: Readonly<Record<string, MediaKind>> = {
  image: 'image',
  video: 'video',
  // A video that loops, and a round one.
  gif: 'video',
  ptv: 'video',
  audio: 'audio',
  // A voice message.
  ptt: 'audio',
  document: 'document',
  sticker: 'sticker',
}

/** What a message of WhatsApp's `type` holds; anything that is new is a document. */
export const mediaKindOf = (type: string): MediaKind => KINDS[type] ?? 'document'
