import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { S3Error, parseListing } from './answers.ts'
import type { S3Client, S3Settings } from './client.ts'

const MARK = Buffer.from('Written and deleted when Zaptria starts.\n')

/**
 * Lists, writes, reads and deletes: all that the store will ever do. Any number of replicas may do it at once.
 * @throws Error what is wrong, where, and what to do; FileAwayError when nobody can tell now
 */
export async function checkBucket(client: S3Client, settings: S3Settings): Promise<void> {
  const { prefix } = settings
  const key = `${prefix}/started`
  const body = { read: () => Readable.from([MARK]), sizeBytes: MARK.length, sha256: createHash('sha256').update(MARK).digest('hex') }
  await explained(settings, 'list', async () =>
    parseListing(await client.ask({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1', prefix: `${prefix}/` } })),
  )
  await explained(settings, 'write', () => client.ask({ method: 'PUT', key, body }))
  await explained(settings, 'read', () => client.ask({ method: 'GET', key }).catch(unlessMissing))
  await explained(settings, 'delete', () => client.ask({ method: 'DELETE', key }))
}

/** Another replica that starts has deleted it. */
function unlessMissing(error: unknown): void {
  if (!(error instanceof S3Error) || error.code !== 'NoSuchKey') throw error
}

async function explained(settings: S3Settings, doing: string, done: () => Promise<unknown>): Promise<void> {
  try {
    await done()
  } catch (error) {
    if (error instanceof Error && !(error instanceof S3Error) && error.message !== 'not a listing') throw error
    const { endpoint, bucket } = settings
    const said = error instanceof S3Error ? error.message : 'its answer is none of S3'
    throw new Error(`Files cannot be kept in the bucket ${bucket} at ${endpoint}: ${said}\n  ${remedy(settings, error, doing)}`, {
      cause: error,
    })
  }
}

function remedy({ region, accessKeyId, prefix }: S3Settings, error: unknown, doing: string): string {
  const { code, region: right } = error instanceof S3Error ? error : {}
  switch (code) {
    case 'NoSuchBucket':
      return 'Make the bucket, or correct ZAPTRIA_MEDIA_S3_BUCKET (or ZAPTRIA_MEDIA_S3_PATH_STYLE, when the bucket does exist).'
    case 'InvalidAccessKeyId':
      return `There is no key ${accessKeyId}: correct ZAPTRIA_MEDIA_S3_ACCESS_KEY_ID.`
    case 'SignatureDoesNotMatch':
      return `ZAPTRIA_MEDIA_S3_SECRET_ACCESS_KEY is not the secret of the key ${accessKeyId}.`
    case 'AccessDenied':
      return `The key ${accessKeyId} may not ${doing}: give it ListBucket on the bucket, and PutObject, GetObject and DeleteObject on ${prefix}/*.`
    case 'RequestTimeTooSkewed':
      return 'The clock of this machine is wrong: set it (by NTP).'
    case 'AuthorizationHeaderMalformed':
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
      return `The bucket is not in the region ${region}${right === undefined ? '' : ` but in ${right}`}: correct ZAPTRIA_MEDIA_S3_REGION and ZAPTRIA_MEDIA_S3_ENDPOINT.`
    default:
      return 'Look at ZAPTRIA_MEDIA_S3_ENDPOINT, and at ZAPTRIA_MEDIA_S3_PATH_STYLE.'
  }
}
