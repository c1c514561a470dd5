/** What S3 says in XML: of what it tells we read a few flat elements, and never more than the text between their tags. */

/** An answer that is no success. */
export class S3Error extends Error {
  readonly status: number
  /** S3's own word, as `SlowDown`; of an answer without one, `HTTP 502`. */
  readonly code: string
  /** Where the bucket is, if S3 says so. */
  readonly region: string | undefined

  constructor(status: number, xml: string) {
    const code = textOf(xml, 'Code') ?? `HTTP ${status}`
    super(`${code}: ${textOf(xml, 'Message') ?? 'no reason given'}`)
    this.name = 'S3Error'
    this.status = status
    this.code = code
    this.region = textOf(xml, 'Region')
  }
}

export type Listing = { objects: { key: string; modified: Date }[]; next: string | undefined }

/** A page of ListObjectsV2. */
export function parseListing(xml: string): Listing {
  if (!/<ListBucketResult[\s>]/.test(xml)) throw new Error('not a listing')
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].flatMap(([, object = '']) => {
    const key = textOf(object, 'Key')
    const modified = new Date(textOf(object, 'LastModified') ?? Number.NaN)
    return key === undefined || Number.isNaN(modified.getTime()) ? [] : [{ key, modified }]
  })
  return { objects, next: textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextContinuationToken') : undefined }
}

function textOf(xml: string, element: string): string | undefined {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
  return text === undefined ? undefined : unescape(text)
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescape = (text: string): string =>
  text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
