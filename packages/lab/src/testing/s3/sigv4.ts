import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Fault } from './error.ts'

/** Written after "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" of the Amazon S3 API Reference. */

/** As much of a request as is signed. */
export type Signed = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'headersDistinct'>

export type Credentials = { region: string; accessKeyId: string; secretAccessKey: string }

const SKEW_MS = 15 * 60_000
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})$/

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Throws unless the request is signed by who may. What is said of the body in `x-amz-content-sha256` is signed as well, and checked by whoever reads it.
 */
export function verify(request: Signed, credentials: Credentials, now: Date): void {
  const { authorization } = request.headers
  if (/[?&]X-Amz-Signature=/.test(request.url ?? '')) throw new S3Fault('AuthorizationQueryParametersError')
  if (authorization === undefined) throw new S3Fault('AccessDenied')
  const [, key, date, region, service, names, signature] = AUTHORIZATION.exec(authorization) ?? []
  if (key === undefined || signature === undefined || service !== 's3') throw new S3Fault('AuthorizationHeaderMalformed')
  if (key !== credentials.accessKeyId) throw new S3Fault('InvalidAccessKeyId', { AWSAccessKeyId: key })
  if (region !== credentials.region) throw new S3Fault('AuthorizationHeaderMalformed', { Region: credentials.region })
  const stamp = request.headers['x-amz-date']
  const at = typeof stamp === 'string' ? timeOf(stamp) : Number.NaN
  if (Number.isNaN(at) || stamp?.slice(0, 8) !== date) throw new S3Fault('AccessDenied')
  if (Math.abs(now.getTime() - at) > SKEW_MS) throw new S3Fault('RequestTimeTooSkewed')
  const signed = names!.split(';')
  mustBeSigned(request, signed)
  const canonical = [
    request.method,
    ...canonicalAddress(request.url ?? '/'),
    ...signed.map((name) => `${name}:${headerOf(request, name)}`),
    '',
    signed.join(';'),
    headerOf(request, 'x-amz-content-sha256'),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', stamp, `${date}/${region}/s3/aws4_request`, sha256(canonical)].join('\n')
  const signing = [date!, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`)
  if (!timingSafeEqual(hmac(signing, toSign), Buffer.from(signature, 'hex'))) throw new S3Fault('SignatureDoesNotMatch')
}

/** Host and everything of Amazon's; in order, each once. */
function mustBeSigned({ headers }: Signed, signed: readonly string[]): void {
  if (headers['x-amz-content-sha256'] === undefined) throw new S3Fault('InvalidRequest')
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  if (needed.some((name) => !signed.includes(name))) throw new S3Fault('AccessDenied')
  if (signed.some((name) => headers[name] === undefined)) throw new S3Fault('AccessDenied')
  if (signed.some((name, i) => i > 0 && signed[i - 1]! >= name)) throw new S3Fault('SignatureDoesNotMatch')
}

/** All values of a header in one line, its blanks as one each. */
const headerOf = ({ headersDistinct }: Signed, name: string): string =>
  (headersDistinct[name] ?? []).map((value) => value.trim().replaceAll(/ +/g, ' ')).join(',')

/** `20261129T021500Z` */
function timeOf(stamp: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** Path and query, each encoded anew in the one way that counts: everything but unreserved letters, and in the path the slash. */
function canonicalAddress(url: string): [path: string, query: string] {
  const at = url.indexOf('?')
  const path = at === -1 ? url : url.slice(0, at)
  const pairs = at === -1 ? [] : url.slice(at + 1).split('&')
  const query = pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const parts = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      return parts.map((part) => encode(decodeURIComponent(part)))
    })
    .toSorted(([a = '', av = ''], [b = '', bv = '']) => (a < b ? -1 : a > b ? 1 : av < bv ? -1 : av > bv ? 1 : 0))
    .map((parts) => parts.join('='))
    .join('&')
  return [
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    query,
  ]
}

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
