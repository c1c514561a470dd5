import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verify } from './sigv4.ts'
import type { Signed } from './sigv4.ts'

/** The examples of "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference. */
const CREDENTIALS = {
  region: 'us-east-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const EMPTY = createHash('sha256').update('').digest('hex')
const THEN = new Date('2013-05-24T00:00:00Z')

const signed = (method: string, url: string, names: string, signature: string, more: Record<string, string> = {}): Signed => {
  const headers: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': EMPTY,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`,
    ...more,
  }
  return { method, url, headers, headersDistinct: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])) }
}
const OWN = 'host;x-amz-content-sha256;x-amz-date'
type Given = [method: string, url: string, names: string, signature: string, more?: Record<string, string>]
const GET: Given = [
  'GET',
  '/test.txt',
  'host;range;x-amz-content-sha256;x-amz-date',
  'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  { range: 'bytes=0-9' },
]
const PUT: Given = [
  'PUT',
  '/test%24file.text',
  'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
  '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  {
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  },
]
const LIST: Given = ['GET', '/?max-keys=2&prefix=J', OWN, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7']
const LIFECYCLE: Given = ['GET', '/?lifecycle', OWN, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543']

describe('the signature of a request to S3', () => {
  it.each([GET, PUT, LIST, LIFECYCLE])('is right in Amazon’s own example %s %s', (...given) => {
    expect(() => verify(signed(...given), CREDENTIALS, THEN)).not.toThrow()
  })

  it.each([
    ['of another path', signed('GET', '/other.txt', GET[2], GET[3], GET[4]), 'SignatureDoesNotMatch'],
    ['of another method', signed('DELETE', '/test.txt', GET[2], GET[3], GET[4]), 'SignatureDoesNotMatch'],
    ['of another range', signed('GET', '/test.txt', GET[2], GET[3], { range: 'bytes=0-99' }), 'SignatureDoesNotMatch'],
    ['of another body', signed('PUT', PUT[1], PUT[2], PUT[3], { ...PUT[4], 'x-amz-content-sha256': EMPTY }), 'SignatureDoesNotMatch'],
    ['of another query', signed('GET', '/?max-keys=3&prefix=J', LIST[2], LIST[3]), 'SignatureDoesNotMatch'],
    [
      'with something of Amazon’s that is not signed',
      signed('GET', '/?lifecycle', OWN, LIFECYCLE[3], { 'x-amz-acl': 'public-read' }),
      'AccessDenied',
    ],
    ['without one', signed('GET', '/', OWN, LIST[3], { authorization: '' }), 'AuthorizationHeaderMalformed'],
  ] as const)('is refused %s', (_, request, code) => {
    expect(() => verify(request, CREDENTIALS, THEN)).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    ['with another secret', { ...CREDENTIALS, secretAccessKey: 'x' }, THEN, 'SignatureDoesNotMatch'],
    ['with an unknown key', { ...CREDENTIALS, accessKeyId: 'x' }, THEN, 'InvalidAccessKeyId'],
    ['in another region', { ...CREDENTIALS, region: 'sa-east-1' }, THEN, 'AuthorizationHeaderMalformed'],
    ['too late', CREDENTIALS, new Date('2013-05-24T00:16:00Z'), 'RequestTimeTooSkewed'],
  ] as const)('is refused %s', (_, credentials, now, code) => {
    expect(() => verify(signed(...GET), credentials, now)).toThrow(expect.objectContaining({ code }))
  })
})
