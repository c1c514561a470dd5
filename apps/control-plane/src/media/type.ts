import type { MediaKind } from '@zaptria/contract'
import { fileTypeFromBuffer } from 'file-type'

/** What nobody should open without thinking. */
export const UNKNOWN_TYPE = 'application/octet-stream'

/** Types that a browser shows and that can run nothing. Everything else is offered for download. */
const SHOWN: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'audio/ogg',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/amr',
  'audio/wav',
  'video/mp4',
  'video/3gpp',
  'video/webm',
  'video/ogg',
  'video/quicktime',
])

/** What a browser may run, in whatever way it comes to it: it is never named as such. */
const ACTIVE = /html|svg|[/+]xml|javascript|ecmascript|xsl|x-shockwave-flash/

/** One container, many names: what holds a film may hold a voice alone. */
const CONTAINERS: readonly (readonly string[])[] = [
  ['audio/ogg', 'audio/opus', 'video/ogg', 'application/ogg'],
  [
    'audio/mp4',
    'audio/x-m4a',
    'audio/m4a',
    'audio/aac',
    'video/mp4',
    'video/x-m4v',
    'video/quicktime',
    'video/3gpp',
    'video/3gpp2',
    'audio/3gpp',
  ],
  ['audio/webm', 'video/webm', 'video/matroska', 'video/x-matroska'],
  ['audio/wav', 'audio/x-wav', 'audio/vnd.wave', 'audio/wave'],
  ['audio/mpeg', 'audio/mp3'],
]
/** Office's documents are archives, old ones another kind. */
const PACKED = /zip|openxmlformats|opendocument|epub|java-archive|android\.package|ms-(?:word|excel|powerpoint)\.|apple\.|iwork/
const COMPOUND = /msword|ms-(?:excel|powerpoint|outlook|office|project|works|xpsdocument)|x-cfb|x-msi|visio/

export type Judged = {
  mimetype: string
  /** The bytes are not what was claimed. */
  mismatch: boolean
}

/** `image/jpeg; charset=…` without what follows. */
export const baseType = (mimetype: string): string => (mimetype.split(';')[0] ?? '').trim().toLowerCase()

/** Whether it may be shown in the page. */
export const isShown = (mimetype: string): boolean => SHOWN.has(baseType(mimetype))

/**
 * What a file is, by its first bytes: what senders say is a claim. Pictures, films and sounds must be such, and are called what they are;
 * of documents only those have to fit that have a mark of their own. What does not fit is bytes, and nothing more.
 */
export async function judgeType(kind: MediaKind, claimedType: string, head: Uint8Array): Promise<Judged> {
  const claimed = baseType(claimedType)
  const found = (await fileTypeFromBuffer(head))?.mime
  const sniffed = found === undefined ? null : baseType(found)
  const unfit = { mimetype: UNKNOWN_TYPE, mismatch: true }
  if (ACTIVE.test(claimed) || (sniffed !== null && ACTIVE.test(sniffed))) return { mimetype: UNKNOWN_TYPE, mismatch: kind !== 'document' }
  if (kind === 'document') {
    if (sniffed === null) return hasMark(claimed) ? unfit : { mimetype: claimed === '' ? UNKNOWN_TYPE : claimed, mismatch: false }
    // Nothing was claimed: what it is says more.
    if (claimed === '' || claimed === UNKNOWN_TYPE) return { mimetype: sniffed, mismatch: false }
    return fits(claimed, sniffed) ? { mimetype: claimed, mismatch: false } : unfit
  }
  if (sniffed === null) return unfit
  const family = kind === 'sticker' ? 'image' : kind
  if (sniffed.startsWith(`${family}/`)) return { mimetype: sniffed, mismatch: false }
  return claimed.startsWith(`${family}/`) && sameContainer(claimed, sniffed) ? { mimetype: claimed, mismatch: false } : unfit
}

const sameContainer = (a: string, b: string): boolean => CONTAINERS.some((names) => names.includes(a) && names.includes(b))

function fits(claimed: string, sniffed: string): boolean {
  if (claimed === sniffed || sameContainer(claimed, sniffed)) return true
  if (PACKED.test(claimed) && PACKED.test(sniffed)) return true
  if (COMPOUND.test(claimed) && COMPOUND.test(sniffed)) return true
  // Two names for one picture format, and what nobody has heard of.
  return claimed.replace(/^(\w+)\/x-/, '$1/') === sniffed.replace(/^(\w+)\/x-/, '$1/')
}

/** Whose first bytes would have been known, had it been one. */
const hasMark = (mimetype: string): boolean => mimetype === 'application/pdf' || SHOWN.has(mimetype)

/** What may be sent as `kind`, by what it was found to be. A document may be anything. */
export function sendableAs(kind: MediaKind, mimetype: string): boolean {
  if (kind === 'document') return true
  return kind === 'sticker' ? mimetype === 'image/webp' : mimetype.startsWith(`${kind}/`)
}

/** As `judgeType`, for a file that says of itself no more than its type. */
export async function judgeUpload(claimedType: string, head: Uint8Array): Promise<Judged & { kind: MediaKind }> {
  const [family] = baseType(claimedType).split('/')
  const kind = family === 'image' || family === 'video' || family === 'audio' ? family : 'document'
  // A drawing that can run something is a document, to us.
  const judged = await judgeType(ACTIVE.test(baseType(claimedType)) ? 'document' : kind, claimedType, head)
  return { ...judged, kind: judged.mimetype.startsWith(`${kind}/`) ? kind : 'document' }
}
