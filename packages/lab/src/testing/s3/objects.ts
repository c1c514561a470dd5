import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { document, elements, S3Fault } from './error.ts'

export type StoredObject = { bytes: Buffer; etag: string; type: string; modified: Date }

const MAX_OBJECT_BYTES = 5 * 1024 ** 3
const MAX_KEY_BYTES = 1_024
const MAX_KEYS = 1_000
const CHECKSUMS = ['sha256', 'sha1'] as const

/** The body, once it is what the headers say of it. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const { headers } = request
  const said = headers['x-amz-content-sha256']
  if (typeof said !== 'string' || !/^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD)$/.test(said))
    throw new S3Fault(said?.includes('STREAMING-') === true ? 'NotImplemented' : 'InvalidArgument')
  if (headers['transfer-encoding'] !== undefined) throw new S3Fault('NotImplemented')
  const length = Number(headers['content-length'] ?? Number.NaN)
  if (Number.isNaN(length)) throw new S3Fault('MissingContentLength')
  if (length > MAX_OBJECT_BYTES) throw new S3Fault('EntityTooLarge')
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  const bytes = Buffer.concat(parts)
  if (bytes.length !== length) throw new S3Fault('IncompleteBody')
  const digest = (algorithm: string): Buffer => createHash(algorithm).update(bytes).digest()
  if (said !== 'UNSIGNED-PAYLOAD' && digest('sha256').toString('hex') !== said) throw new S3Fault('XAmzContentSHA256Mismatch')
  checkDigest(headers['content-md5'], digest('md5'))
  for (const name of CHECKSUMS) checkDigest(headers[`x-amz-checksum-${name}`], digest(name))
  return bytes
}

function checkDigest(said: string | string[] | undefined, found: Buffer): void {
  if (said === undefined) return
  if (typeof said !== 'string' || Buffer.from(said, 'base64').length !== found.length) throw new S3Fault('InvalidDigest')
  if (said !== found.toString('base64')) throw new S3Fault('BadDigest')
}

/** What ours does not know, it must not take for something else. `x-id` names the operation again, as Amazon's own clients do. */
export function refuseOthers(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) if (name !== 'x-id' && !known.includes(name)) throw new S3Fault('NotImplemented')
}

export function putObject(
  objects: Map<string, StoredObject>,
  key: string,
  bytes: Buffer,
  request: IncomingMessage,
  query: URLSearchParams,
) {
  // Copies and parts of multipart uploads would come this way.
  refuseOthers(query, [])
  if (request.headers['x-amz-copy-source'] !== undefined) throw new S3Fault('NotImplemented')
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Fault('KeyTooLongError')
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
  objects.set(key, { bytes, etag, type: request.headers['content-type'] ?? 'binary/octet-stream', modified: new Date() })
  return { status: 200, headers: { etag } }
}

export function getObject(objects: ReadonlyMap<string, StoredObject>, key: string, request: IncomingMessage, query: URLSearchParams) {
  refuseOthers(query, [])
  const object = objects.get(key)
  if (object === undefined) throw new S3Fault('NoSuchKey', { Key: key })
  const { bytes, etag, type, modified } = object
  const headers = { etag, 'content-type': type, 'last-modified': modified.toUTCString(), 'accept-ranges': 'bytes' }
  const range = rangeOf(request.headers.range, bytes.length)
  if (range === null) return { status: 200, headers, body: bytes }
  const [start, end] = range
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end}/${bytes.length}` },
    body: bytes.subarray(start, end + 1),
  }
}

/** One range as RFC 9110 has it; more than one, or something else, is not asked for at all. */
function rangeOf(header: string | undefined, size: number): [number, number] | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return null
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (from !== '' && to !== '' && Number(to) < Number(from)) return null
  if (start >= size || start > end) throw new S3Fault('InvalidRange')
  return [start, end]
}

/** ListObjectsV2. */
export function listObjects(objects: ReadonlyMap<string, StoredObject>, bucket: string, query: URLSearchParams, pageSize: number): string {
  refuseOthers(query, ['list-type', 'prefix', 'max-keys', 'continuation-token', 'start-after', 'encoding-type', 'fetch-owner'])
  const asked = Number(query.get('max-keys') ?? MAX_KEYS)
  if (!Number.isInteger(asked) || asked < 0) throw new S3Fault('InvalidArgument')
  const most = Math.min(asked, MAX_KEYS, pageSize)
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : keyOfToken(token)
  const byBytes = ([a]: [string, unknown], [b]: [string, unknown]): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  const rest = [...objects].filter(([key]) => key.startsWith(prefix)).toSorted(byBytes)
  const from = after === '' ? 0 : rest.findIndex(([key]) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
  const left = from === -1 ? [] : rest.slice(from)
  const page = left.slice(0, most)
  const truncated = most > 0 && left.length > page.length
  const named = (key: string): string => (query.get('encoding-type') === 'url' ? encodeURIComponent(key) : key)
  const contents = page.map(([key, { bytes, etag, modified }]) => {
    const fields = { Key: named(key), LastModified: modified.toISOString(), ETag: etag, Size: bytes.length, StorageClass: 'STANDARD' }
    return `<Contents>${elements(fields)}</Contents>`
  })
  return document(
    'ListBucketResult',
    {
      Name: bucket,
      Prefix: prefix,
      MaxKeys: most,
      KeyCount: page.length,
      IsTruncated: truncated,
      ...(truncated ? { NextContinuationToken: tokenOf(page.at(-1)![0]) } : {}),
    },
    contents.join(''),
    ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
  )
}

/** Nobody's business what is in it; `+`, `/` and `=` are, as in S3's own. */
const tokenOf = (key: string): string => Buffer.from(`>>>${key}???`).toString('base64')

function keyOfToken(token: string): string {
  const [, key] = /^>>>(.*)\?\?\?$/s.exec(Buffer.from(token, 'base64').toString()) ?? []
  if (key === undefined) throw new S3Fault('InvalidArgument')
  return key
}
