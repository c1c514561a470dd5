import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commandReaches, engineEnv } from '../setup/engine.mjs'
import { prepareDocker } from './docker.ts'

/** An engine that has these images and nothing else; says what it was asked for. */
function engine(images: string[]) {
  const asked: string[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '')
    asked.push(path)
    const json = (status: number, body: unknown): void => void response.writeHead(status).end(JSON.stringify(body))
    if (path === '/version') return json(200, { ApiVersion: '1.41', MinAPIVersion: '1.12', Version: '20.10.24' })
    if (path === '/_ping') return void response.end('OK')
    const name = /^\/images\/(.*)\/json$/.exec(path)?.[1]
    return name !== undefined && images.includes(name) ? json(200, { Id: 'sha256:1' }) : json(404, { message: 'not there' })
  }
  return { asked, answer }
}
const listen = (server: Server): Promise<number> => {
  onTestFinished(() => void server.close())
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
}
function certificates(): string {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-up-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' })
  const name = ['-subj', '/CN=engine', '-addext', 'subjectAltName=IP:127.0.0.1']
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...name, '-keyout', 'key.pem', '-out', 'cert.pem')
  execFileSync('cp', [join(dir, 'cert.pem'), join(dir, 'ca.pem')])
  return dir
}

describe('a start with the engine of another machine', () => {
  it('by TLS looks for the image there, with its certificates, and makes no address of ours there', async () => {
    const certs = certificates()
    const { asked, answer } = engine(['zaptria/bot:latest'])
    const [cert, key, ca] = ['cert.pem', 'key.pem', 'ca.pem'].map((file) => readFileSync(join(certs, file)))
    const port = await listen(createTlsServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, answer))
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_CERT_PATH: certs }
    expect(await prepareDocker(env)).toBeNull()
    expect(asked).toContain('/images/zaptria/bot:latest/json')
    expect(asked.join()).not.toContain('networks')
  })

  it('that has no image says which, on which engine, and what to do', async () => {
    const { answer } = engine([])
    const port = await listen(createServer(answer))
    const at = `tcp://127.0.0.1:${port}`
    await expect(prepareDocker({ ZAPTRIA_DOCKER_HOST: at, DOCKER_HOST: 'unix:///nowhere' })).rejects.toThrow(
      `The engine ${at} has no image zaptria/bot:latest. Build it there (npm run image)`,
    )
    // One that can be pulled is not missed yet.
    expect(await prepareDocker({ ZAPTRIA_DOCKER_HOST: at, ZAPTRIA_BOT_IMAGE: 'registry.example.com/bot:1' })).toBeNull()
  })

  it('that does not answer says so', async () => {
    await expect(prepareDocker({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })).rejects.toThrow(
      'No Docker engine can be used at unix:///nowhere/docker.sock',
    )
  })
})

describe('the docker command', () => {
  it.each([
    [{}, { DOCKER_HOST: 'unix:///var/run/docker.sock', DOCKER_TLS_VERIFY: '' }],
    [
      { ZAPTRIA_DOCKER_HOST: 'ssh://bots-1', DOCKER_HOST: 'unix:///x' },
      { DOCKER_HOST: 'ssh://bots-1', DOCKER_TLS_VERIFY: '' },
    ],
    [
      { DOCKER_HOST: 'tcp://bots-1:2376', ZAPTRIA_DOCKER_CERT_PATH: '/certs' },
      { DOCKER_HOST: 'tcp://bots-1:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
    ],
  ])('with %j builds on the bots’ engine', (env, expected) => {
    expect(engineEnv(env)).toEqual(expected)
  })

  it('does not reach one behind an ssh configuration of ours', () => {
    expect(commandReaches({ ZAPTRIA_DOCKER_HOST: 'ssh://bots-1', ZAPTRIA_DOCKER_SSH_CONFIG: '/config' })).toBe(false)
    expect(commandReaches({ ZAPTRIA_DOCKER_HOST: 'ssh://bots-1' })).toBe(true)
  })
})
