import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3Fault } from './error.ts'
import type { S3ErrorCode } from './error.ts'
import { getObject, listObjects, putObject, readBody, refuseOthers } from './objects.ts'
import type { StoredObject } from './objects.ts'
import { verify } from './sigv4.ts'
import type { Credentials } from './sigv4.ts'

export type S3Asked = { method: string; key: string; headers: IncomingMessage['headers'] }

/**
 * What is done to a request instead of what it asks: an error of S3's, or of the wire's. `refuse`: the connection breaks before anything happened;
 * `lose`: after it, without an answer; `cut`: in the middle of the answer; `silence`: nothing comes back, ever.
 */
export type S3Trouble = S3ErrorCode | 'refuse' | 'lose' | 'cut' | 'silence'

/** A simulated S3 of one bucket, as strict as Amazon's: an HTTP server that takes nothing unsigned, and both kinds of address. */
export type S3 = {
  /** Without the bucket, which comes first in the path. */
  readonly endpoint: string
  /** The same for buckets in the host: `<bucket>.<this host>`. No DNS knows these names; a test looks them up itself. */
  readonly namedEndpoint: string
  readonly credentials: Credentials
  readonly bucket: string
  /** What is in the bucket. */
  readonly objects: Map<string, StoredObject>
  /** All that was asked, in order. */
  readonly asked: S3Asked[]
  /** Asked of every request, which is served as it should be where it says nothing. */
  trouble: (asked: S3Asked) => S3Trouble | undefined
  /** So many keys are on a page of a listing; at most 1,000. */
  pageSize: number
  /** Requests that are under way. */
  open(): number
  close(): Promise<void>
}

type Answer = { status: number; headers?: Readonly<Record<string, string>>; body?: Buffer | string }

const NAME = 's3.test'
const CREDENTIALS: Credentials = { region: 'sa-east-1', accessKeyId: 'AKIDZAPTRIATEST', secretAccessKey: 'a/secret+with=all&letters' }

export async function startS3({ bucket = 'zaptria-files', host = '127.0.0.1' } = {}): Promise<S3> {
  const objects = new Map<string, StoredObject>()
  const asked: S3Asked[] = []
  let open = 0
  const server = createServer((request, response) => {
    open += 1
    response.on('close', () => (open -= 1))
    request.on('error', () => {})
    void serve(s3, request, response).catch(() => response.destroy())
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const s3: S3 = {
    endpoint: `http://${host}:${port}`,
    namedEndpoint: `http://${NAME}:${port}`,
    credentials: CREDENTIALS,
    bucket,
    objects,
    asked,
    trouble: () => undefined,
    pageSize: 1_000,
    open: () => open,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return s3
}

async function serve(s3: S3, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bucket, key, query } = addressOf(s3, request)
  const asked = { method: request.method ?? '', key, headers: request.headers }
  s3.asked.push(asked)
  const trouble = s3.trouble(asked)
  if (trouble === 'silence') {
    // Read, so that its end is seen.
    request.resume()
    return
  }
  if (trouble === 'refuse') {
    response.destroy()
    return
  }
  let answer: Answer
  try {
    verify(request, s3.credentials, new Date())
    if (trouble !== undefined && trouble !== 'lose' && trouble !== 'cut') throw new S3Fault(trouble)
    if (bucket !== s3.bucket) throw new S3Fault('NoSuchBucket', { BucketName: bucket })
    answer = await answerTo(s3, key, query, request)
  } catch (error) {
    const fault = error instanceof S3Fault ? error : new S3Fault('InternalError')
    answer = { status: fault.status, headers: { 'content-type': 'application/xml' }, body: fault.toXml(`/${bucket}/${key}`) }
    // What is left of the body is not read.
    response.setHeader('connection', 'close')
  }
  if (trouble === 'lose') response.destroy()
  else send(request, response, answer, trouble === 'cut')
}

async function answerTo(s3: S3, key: string, query: URLSearchParams, request: IncomingMessage): Promise<Answer> {
  const { objects } = s3
  if (key === '') {
    if (request.method === 'HEAD') return { status: 200 }
    if (request.method !== 'GET') throw new S3Fault('MethodNotAllowed')
    if (query.get('list-type') !== '2') throw new S3Fault('NotImplemented')
    return { status: 200, headers: { 'content-type': 'application/xml' }, body: listObjects(objects, s3.bucket, query, s3.pageSize) }
  }
  switch (request.method) {
    case 'PUT':
      return putObject(objects, key, await readBody(request), request, query)
    case 'GET':
    case 'HEAD':
      return getObject(objects, key, request, query)
    case 'DELETE':
      refuseOthers(query, [])
      objects.delete(key)
      return { status: 204 }
    default:
      throw new S3Fault('MethodNotAllowed')
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers = {}, body = '' }: Answer, cut: boolean): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { 'content-length': bytes.length }), 'x-amz-request-id': '0' })
  if (request.method === 'HEAD') response.end()
  else if (cut) response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
  else response.end(bytes)
}

/** The bucket is in the host's name, or first in the path. */
function addressOf(s3: S3, request: IncomingMessage): { bucket: string; key: string; query: URLSearchParams } {
  const { pathname, search } = new URL(`http://s3${request.url ?? '/'}`)
  const path = decodeURIComponent(pathname.slice(1))
  const query = new URLSearchParams(search.replaceAll('+', '%2B'))
  const [named] = (request.headers.host ?? '').split(`.${new URL(s3.namedEndpoint).host}`)
  if (named !== undefined && named !== request.headers.host) return { bucket: named, key: path, query }
  const [bucket = '', ...key] = path.split('/')
  return { bucket, key: key.join('/'), query }
}
