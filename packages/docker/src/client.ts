import { spawn } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpRequest } from 'node:http'
import { isIP, connect as netConnect } from 'node:net'
import { createInterface } from 'node:readline'
import { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { connect as tlsConnect } from 'node:tls'
import { z } from 'zod'
import type { EngineAddress } from './address.ts'

/** What the engine answered instead of what was asked for. `status` is HTTP's: 404 not there, 409 in the way, 5xx its own trouble. */
export class EngineAnswer extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'EngineAnswer'
    this.status = status
  }
}

export type EngineRequest = {
  /** Query parameters; objects are sent as JSON, as filters are. */
  query?: Record<string, string | number | boolean | object | undefined>
  body?: unknown
  /** Instead of a body: bytes as they come, and what they are. */
  stream?: { type: string; bytes: AsyncIterable<Uint8Array> }
  headers?: Record<string, string>
  signal?: AbortSignal
  /** Milliseconds until the answer's head must be there. */
  timeoutMs?: number
}

export type EngineClient = {
  /** The answer's JSON, undefined when it has none. Throws EngineAnswer for 4xx and 5xx. */
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, request?: EngineRequest): Promise<unknown>
  /** The answer's body as it comes. */
  open(method: 'GET' | 'POST' | 'PUT', path: string, request?: EngineRequest): Promise<IncomingMessage>
  /** The connection itself, after a POST that hands it over: what is written goes in, what is read comes out. Whoever opened it destroys it. */
  takeOver(path: string, request?: EngineRequest): Promise<Duplex>
  /** Each line of a stream of JSON documents, until it ends or `signal` ends it. */
  lines(method: 'GET' | 'POST', path: string, request?: EngineRequest): AsyncGenerator
  /**
   * Rejects when the engine takes no new connections. One that shuts down closes its door first and answers on old connections while it stops its
   * containers.
   */
  knock(): Promise<void>
  close(): void
}

/** What this code was written and tried against. Engines tell the lowest and highest they serve; the newest common one is spoken. */
const OLDEST_API = '1.41'
const NEWEST_API = '1.51'
const ANSWER_MS = 30_000
const CONNECT_MS = 10_000
/** A door that systemd holds open for an engine on its way down takes the knock, and nobody answers. */
const KNOCK_MS = 5_000

/** On an answer that came with its connection. */
const TAKEN_OVER = Symbol('the connection')

const Versions = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().optional(), Version: z.string() })

/**
 * Talks to a Docker engine over its socket, TCP with TLS, or SSH (the system's own ssh, so that its keys, its known_hosts and its settings hold; the
 * far side runs `docker system dial-stdio`, as for the docker command). docs/adr/0007-engine-client.md says why this is not a library.
 */
export function createEngineClient(address: EngineAddress): EngineClient {
  const agent = new DuplexAgent(address)
  let prefix: Promise<string> | undefined

  const send = (
    method: string,
    path: string,
    { query, body, stream, headers, signal, timeoutMs = ANSWER_MS }: EngineRequest,
    by: Agent = agent,
  ): Promise<IncomingMessage> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const request = httpRequest(
      {
        agent: by,
        host: 'docker',
        method,
        path: path + search(query),
        ...(signal === undefined ? {} : { signal }),
        headers: {
          ...headers,
          ...(stream === undefined ? {} : { 'content-type': stream.type }),
          ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        },
      },
      (response) => {
        clearTimeout(late)
        resolve(response)
      },
    )
    const late = setTimeout(() => request.destroy(new Error(`the engine did not answer within ${timeoutMs / 1000} s`)), timeoutMs)
    // The answer then has the connection: see takeOver.
    request.on('upgrade', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
      clearTimeout(late)
      if (head.length > 0) socket.unshift(head)
      resolve(Object.assign(response, { [TAKEN_OVER]: socket }))
    })
    request.on('error', (error) => {
      clearTimeout(late)
      reject(inWords(error, address))
    })
    if (stream === undefined) request.end(payload)
    // What fails on the way is the request's own error, or, where the bytes themselves fail, theirs.
    else pipeline(Readable.from(stream.bytes, { objectMode: false }), request).catch(reject)
    return promise
  }

  /** Asked once; asked again after a failure, for an engine may be newer when it comes back. */
  const versioned = (timeoutMs?: number): Promise<string> => {
    prefix ??= (async () => {
      const response = await send('GET', '/version', timeoutMs === undefined ? {} : { timeoutMs })
      const { ApiVersion, MinAPIVersion = OLDEST_API, Version } = Versions.parse(await json(response))
      const spoken = compareVersions(ApiVersion, NEWEST_API) < 0 ? ApiVersion : NEWEST_API
      if (compareVersions(spoken, OLDEST_API) < 0 || compareVersions(spoken, MinAPIVersion) < 0)
        throw new Error(
          `this engine (${Version}) speaks API ${MinAPIVersion} to ${ApiVersion}; ${OLDEST_API} to ${NEWEST_API} is spoken here: update ${
            compareVersions(ApiVersion, OLDEST_API) < 0 ? 'Docker' : 'Zaptria'
          }`,
        )
      return `/v${spoken}`
    })()
    prefix.catch(() => {
      prefix = undefined
    })
    return prefix
  }

  const open: EngineClient['open'] = async (method, path, request = {}) => {
    const response = await send(method, (await versioned(request.timeoutMs)) + path, request).catch((error: unknown) => {
      prefix = undefined
      throw error
    })
    const status = response.statusCode ?? 0
    if (status < 400) return response
    const said = z.object({ message: z.string() }).safeParse(await json(response).catch(() => undefined))
    throw new EngineAnswer(status, said.success ? said.data.message : `the engine answered ${status}`)
  }

  return {
    call: async (method, path, request) => json(await open(method as 'GET', path, request)),
    open,
    async takeOver(path, request = {}) {
      const response = await open('POST', path, { ...request, headers: { ...request.headers, connection: 'Upgrade', upgrade: 'tcp' } })
      const socket = (response as { [TAKEN_OVER]?: Duplex })[TAKEN_OVER]
      if (socket !== undefined) return socket
      response.destroy()
      throw new Error(`the engine did not hand the connection over, but answered ${response.statusCode}`)
    },
    async *lines(method, path, request) {
      const response = await open(method, path, request)
      try {
        for await (const line of createInterface({ input: response })) if (line.trim() !== '') yield JSON.parse(line) as unknown
      } finally {
        response.destroy()
      }
    },
    async knock() {
      const once = new DuplexAgent(address)
      try {
        const response = await send('GET', '/_ping', { timeoutMs: KNOCK_MS }, once)
        await text(response)
        const { statusCode = 0 } = response
        if (statusCode !== 200) throw new EngineAnswer(statusCode, `the engine answered ${statusCode}`)
      } finally {
        once.destroy()
      }
    },
    close: () => agent.destroy(),
  }
}

/** Where nobody listens, or nobody lets us in: what to do about it. */
function inWords(error: Error, address: EngineAddress): Error {
  const code = 'code' in error ? String(error.code) : ''
  const where = address.kind === 'socket' ? address.path : address.kind === 'tcp' ? `${address.host}:${address.port}` : address.destination
  if (code === 'EACCES' || code === 'EPERM')
    return new Error(`no permission to use the engine at ${where} (${code}): run as root or as a user in the group docker`, {
      cause: error,
    })
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new Error(`no engine listens at ${where} (${code}): start Docker there, or set ZAPTRIA_DOCKER_HOST`, { cause: error })
  return error
}

/** Node's agent takes any duplex stream; connections are kept and used again. */
class DuplexAgent extends Agent {
  readonly #address: EngineAddress

  constructor(address: EngineAddress) {
    super({ keepAlive: true, maxSockets: 32, maxFreeSockets: 4, timeout: 0 })
    this.#address = address
  }

  override createConnection(_options: unknown, done: (error: Error | null, stream: Duplex) => void): Duplex {
    const address = this.#address
    switch (address.kind) {
      case 'socket':
        return connecting(netConnect(address.path))
      case 'tcp':
        if (address.tls === undefined) return connecting(netConnect(address.port, address.host))
        return connecting(
          tlsConnect({
            host: address.host,
            port: address.port,
            ...address.tls,
            // Addresses are compared with the certificate all the same; only names may be sent.
            ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
            minVersion: 'TLSv1.2',
          }),
        )
      case 'ssh': {
        const stream = dialBySsh(address)
        // A stream that is no socket tells nobody that it is connected.
        done(null, stream)
        return stream
      }
      default:
        return address satisfies never
    }
  }
}

function connecting<T extends ReturnType<typeof netConnect>>(socket: T): T {
  const late = setTimeout(() => socket.destroy(new Error('the engine cannot be reached')), CONNECT_MS)
  for (const over of ['connect', 'close', 'error']) socket.once(over, () => clearTimeout(late))
  return socket
}

function dialBySsh({ destination, port, configFile }: Extract<EngineAddress, { kind: 'ssh' }>): Duplex {
  const args = ['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${CONNECT_MS / 1000}`, '-o', 'ServerAliveInterval=15', '-T']
  if (configFile !== undefined) args.push('-F', configFile)
  if (port !== undefined) args.push('-p', String(port))
  const child = spawn('ssh', [...args, '--', destination, 'docker system dial-stdio'], { stdio: ['pipe', 'pipe', 'pipe'] })
  // Not joined by Node's own means: the far end closes first, and why it did is known only when ssh has ended.
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, done),
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill()
      done(error)
    },
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause()
  })
  child.stdin.on('error', () => {})
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (words: string) => (said = (said + words).slice(-500)))
  child.on('error', (error) => stream.destroy(new Error(`ssh could not be started: ${error.message}`)))
  child.on('close', (code) => {
    if (code === 0) stream.push(null)
    else stream.destroy(new Error(`ssh ${destination}: ${said.trim() === '' ? `ended with ${code}` : said.trim()}`))
  })
  const nothing = (): Duplex => stream
  // What Node's agent asks of a socket that it keeps.
  return Object.assign(stream, { setKeepAlive: nothing, setNoDelay: nothing, setTimeout: nothing, ref: nothing, unref: nothing })
}

async function json(response: IncomingMessage): Promise<unknown> {
  const said = await text(response)
  return said.trim() === '' ? undefined : (JSON.parse(said) as unknown)
}

function search(wanted: EngineRequest['query'] = {}): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(wanted)) {
    if (value !== undefined) parameters.set(key, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  const query = parameters.toString()
  return query === '' ? '' : `?${query}`
}

/** Versions like 1.41, by number: 1.9 is older than 1.41. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]]
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
