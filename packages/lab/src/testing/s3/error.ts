/** What S3 answers in error: its codes, statuses and messages (Amazon S3 API Reference, "Error responses"). */
const ERRORS = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header that you provided is not valid.'],
  AuthorizationQueryParametersError: [400, 'Query parameters for signing are not taken here.'],
  BadDigest: [400, 'The Content-MD5 or checksum value that you specified did not match what the server received.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed object size.'],
  IncompleteBody: [400, 'You did not provide the number of bytes specified by the Content-Length HTTP header.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS access key ID that you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidDigest: [400, 'The Content-MD5 or checksum value that you specified is not valid.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  KeyTooLongError: [400, 'Your key is too long.'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NotImplemented: [501, 'A header that you provided implies functionality that is not implemented.'],
  RequestTimeTooSkewed: [403, "The difference between the request time and the server's time is too large."],
  SignatureDoesNotMatch: [403, 'The request signature that the server calculated does not match the signature that you provided.'],
  SlowDown: [503, 'Please reduce your request rate.'],
  XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match what was computed."],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type S3ErrorCode = keyof typeof ERRORS

export class S3Fault extends Error {
  readonly code: S3ErrorCode
  readonly status: number
  /** Further elements, as `<Region>`. */
  readonly more: Readonly<Record<string, string>>

  constructor(code: S3ErrorCode, more: Readonly<Record<string, string>> = {}) {
    super(ERRORS[code][1])
    this.code = code
    this.status = ERRORS[code][0]
    this.more = more
  }

  toXml(resource: string): string {
    return document('Error', { Code: this.code, Message: this.message, Resource: resource, ...this.more })
  }
}

/** Text as XML has it; control characters cannot stand in XML 1.0 but as references. */
export const escape = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replaceAll(/[&<>"'\u0000-\u001f]/g, (letter) => `&#${letter.charCodeAt(0)};`)

export const elements = (fields: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<${name}>${escape(String(value))}</${name}>`)
    .join('')

export const document = (root: string, fields: Readonly<Record<string, string | number | boolean>>, inner = '', attributes = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attributes}>${elements(fields)}${inner}</${root}>`
