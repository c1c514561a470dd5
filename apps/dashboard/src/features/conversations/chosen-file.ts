import type { MediaKind, MediaLimits } from '@zaptria/contract'

/** `key`: one per file that a person chose, the same for each time that it is tried. */
export type ChosenFile = { file: File; key: string }

export const chosenFiles = (files: Iterable<File>): ChosenFile[] => Array.from(files, (file) => ({ file, key: crypto.randomUUID() }))

type Weighed = Pick<File, 'type' | 'size'>

/** What goes as WhatsApp shows it in the chat; anything else, and what is too large for that, goes as a document. `limits`: where they are known. */
export function kindOf({ type, size }: Weighed, limits: MediaLimits | undefined): MediaKind {
  if (limits !== undefined && size > limits.other) return 'document'
  if (type === 'image/jpeg' || type === 'image/png') return 'image'
  if (type === 'video/mp4') return 'video'
  return type.startsWith('audio/') ? 'audio' : 'document'
}

export type Fault = { what: 'empty' } | { what: 'too-large'; most: number }

/** Why the server would not take it; null where nothing is known against it. */
export function faultOf({ size }: Pick<File, 'size'>, limits: MediaLimits | undefined): Fault | null {
  if (size === 0) return { what: 'empty' }
  const most = limits === undefined ? Number.POSITIVE_INFINITY : Math.max(limits.document, limits.other)
  return size > most ? { what: 'too-large', most } : null
}
