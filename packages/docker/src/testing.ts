import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import type { EngineAddress } from './address.ts'

export type EngineOptions = {
  /** Where programs of the container are found. */
  path?: string
  /** The container's labels. */
  labels?: Record<string, string>
  /** The connection breaks in the middle of what a program prints. */
  cut?: boolean
}

export type Exec = { Cmd: string[]; Env: string[]; AttachStdin: boolean; code: number | null }

const EXEC = /^\/exec\/(\d+)\/(?:json|start)$/

/** An engine with one container, `database`, that is this machine: what runs in it speaks as Docker has it speak. For tests. */
export async function startEngine({ path: programs = process.env['PATH'] ?? '', labels = {}, cut = false }: EngineOptions = {}) {
  const execs: Exec[] = []
  /** Ends what still runs. */
  const ends = new Set<() => void>()
  const execOf = (url = ''): Exec | undefined => execs[Number(EXEC.exec(url.replace(/^\/v[\d.]+/, ''))?.[1])]
  const hasLabels = (filters: string): boolean =>
    (JSON.parse(filters) as { label?: string[] }).label?.every((label) => {
      const [name = '', value] = label.split('=')
      return labels[name] === value
    }) ?? true

  const server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine')
    const at = pathname.replace(/^\/v[\d.]+/, '')
    const json = (status: number, body: unknown): void => void response.writeHead(status).end(JSON.stringify(body))
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      if (at === '/version') return json(200, { ApiVersion: '1.41', MinAPIVersion: '1.12', Version: '20.10.24' })
      if (at === '/containers/json') return json(200, hasLabels(searchParams.get('filters') ?? '{}') ? [{ Id: 'database' }] : [])
      if (at === '/containers/database/exec')
        return json(201, { Id: String(execs.push({ ...(JSON.parse(text) as Exec), code: null }) - 1) })
      const made = execOf(pathname)
      if (made !== undefined) return json(200, { Running: made.code === null, ExitCode: made.code })
      return json(404, { message: 'No such container' })
    })
  })

  server.on('upgrade', (request, socket: Duplex, first: Buffer) => {
    const made = execOf(request.url)!
    const [program = '', ...args] = made.Cmd
    const env = Object.fromEntries(made.Env.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
    socket.write('HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
    const child = spawn(program, args, { env: { PATH: programs, ...env } })
    const end = (): void => {
      child.kill('SIGKILL')
      socket.destroy()
    }
    ends.add(end)
    for (const stream of [child.stdin, socket]) stream.on('error', () => {})
    // The request's body: nobody parses it once the connection is handed over.
    let body = Number(request.headers['content-length'] ?? 0)
    const take = (chunk: Buffer): void => {
      const skipped = Math.min(body, chunk.length)
      body -= skipped
      if (made.AttachStdin && chunk.length > skipped) child.stdin.write(chunk.subarray(skipped))
    }
    take(first)
    socket.on('data', take)
    for (const over of ['end', 'close']) socket.on(over, () => child.stdin.end())
    const frame = (stream: number, bytes: Buffer): void => {
      const head = Buffer.alloc(8)
      head[0] = stream
      head.writeUInt32BE(bytes.length, 4)
      if (cut) socket.end(Buffer.concat([head, bytes.subarray(0, 1)]))
      else socket.write(Buffer.concat([head, bytes]))
    }
    child.stdout.on('data', (bytes: Buffer) => frame(1, bytes))
    child.stderr.on('data', (bytes: Buffer) => frame(2, bytes))
    child.on('error', () => {})
    child.on('close', (code) => {
      ends.delete(end)
      socket.end()
      // Docker's own knowledge comes a moment later.
      setTimeout(() => (made.code = code ?? 137), 30)
    })
  })

  const dir = mkdtempSync(path.join(tmpdir(), 'zaptria-engine-'))
  const file = path.join(dir, 'docker.sock')
  await new Promise<void>((done) => server.listen(file, done))
  return {
    address: { kind: 'socket', path: file } as EngineAddress,
    execs,
    close: async () => {
      for (const end of ends) end()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
