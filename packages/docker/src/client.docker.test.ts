import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { docker, dockerMissing, waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engineAddress } from './address.ts'
import { createEngineClient } from './client.ts'
import type { EngineAnswer } from './client.ts'

const SOCKET = '/var/run/docker.sock'
const SSHD = '/usr/sbin/sshd'
const missing = await dockerMissing(null)

let dir: string
const cleanups: (() => unknown)[] = []
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'zaptria-engine-'))
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }))
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

const client = (...args: Parameters<typeof engineAddress>) => {
  const made = createEngineClient(engineAddress(...args))
  cleanups.push(() => made.close())
  return made
}
const listen = (server: Server): Promise<number> => {
  cleanups.push(() => new Promise((done) => server.close(done)))
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
}
const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] })

describe.skipIf(missing !== null)(`an engine’s client${missing === null ? '' : ` (${missing})`}`, () => {
  it('over the socket speaks the newest version that both know, and tells the engine’s own errors', async () => {
    const engine = client(`unix://${SOCKET}`)
    expect(await engine.call('GET', '/info')).toMatchObject({ ServerVersion: await docker('version', '--format', '{{.Server.Version}}') })
    const refused = engine.call('GET', '/containers/zaptria-not-there/json')
    await expect(refused).rejects.toThrow('No such container')
    await expect(refused).rejects.toMatchObject({ status: 404 } satisfies Partial<EngineAnswer>)
  })

  it('of an engine that is away says so, and works when it is there', async () => {
    const away = path.join(dir, 'docker.sock')
    const engine = client(`unix://${away}`)
    await expect(engine.call('GET', '/info')).rejects.toThrow('ENOENT')
    const front = createTcpServer((from) => pipe(from))
    cleanups.push(() => front.close())
    await new Promise<void>((done) => front.listen(away, done))
    expect(await engine.call('GET', '/info')).toHaveProperty('ServerVersion')
  })

  it('gives up an engine that does not answer', async () => {
    const mute = path.join(dir, 'mute.sock')
    const front = createTcpServer(() => {})
    cleanups.push(() => front.close())
    await new Promise<void>((done) => front.listen(mute, done))
    const engine = client(`unix://${mute}`)
    await expect(engine.call('GET', '/version', { timeoutMs: 300 })).rejects.toThrow('did not answer')
  })

  it('over TLS shows its certificate, and refuses an engine with a stranger’s', async () => {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=ca', '-keyout', 'ca-key.pem', '-out', 'ca.pem')
    const sign = (name: string, extra: string): void => {
      writeFileSync(path.join(dir, `${name}.ext`), extra)
      openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}-key.pem`, '-out', `${name}.csr`)
      openssl(
        'x509',
        '-req',
        '-days',
        '1',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca-key.pem',
        '-CAcreateserial',
        '-extfile',
        `${name}.ext`,
        '-out',
        `${name}.pem`,
      )
    }
    sign('server', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth')
    sign('client', 'extendedKeyUsage=clientAuth')
    const read = (file: string): Buffer => execFileSync('cat', [path.join(dir, file)])
    // As dockerd --tlsverify: whoever has no certificate of the CA is shown the door.
    const front = createTlsServer(
      { cert: read('server.pem'), key: read('server-key.pem'), ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true },
      pipe,
    )
    front.on('tlsClientError', () => {})
    const port = await listen(front)
    const folder = (name: string, ca: string): string => {
      const certs = path.join(dir, name)
      mkdirSync(certs)
      writeFileSync(path.join(certs, 'ca.pem'), read(ca))
      writeFileSync(path.join(certs, 'cert.pem'), read('client.pem'))
      writeFileSync(path.join(certs, 'key.pem'), read('client-key.pem'))
      return certs
    }
    const engine = client(`tcp://127.0.0.1:${port}`, { certPath: folder('good', 'ca.pem') })
    expect(await engine.call('GET', '/info')).toHaveProperty('ServerVersion')
    const stranger = client(`tcp://127.0.0.1:${port}`, { certPath: folder('bad', 'server.pem') })
    await expect(stranger.call('GET', '/info')).rejects.toThrow(/certificate/)
  })

  it.skipIf(!existsSync(SSHD) || process.getuid?.() !== 0)(
    'over SSH uses the system’s own, keeps its connection, and tells what ssh said',
    async () => {
      const port = await freePort()
      for (const key of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(dir, key)])
      writeFileSync(path.join(dir, 'authorized'), execFileSync('cat', [path.join(dir, 'user.pub')]))
      writeFileSync(
        path.join(dir, 'sshd_config'),
        [
          `Port ${port}`,
          'ListenAddress 127.0.0.1',
          `HostKey ${path.join(dir, 'host')}`,
          `AuthorizedKeysFile ${path.join(dir, 'authorized')}`,
          `PidFile ${path.join(dir, 'sshd.pid')}`,
          'PermitRootLogin yes',
          'StrictModes no',
          'UsePAM no',
        ].join('\n'),
      )
      const hostKey = execFileSync('cat', [path.join(dir, 'host.pub')], { encoding: 'utf8' }).trim()
      writeFileSync(path.join(dir, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`)
      const configOf = (name: string, knownHosts: string): string => {
        const file = path.join(dir, name)
        writeFileSync(
          file,
          `IdentityFile ${path.join(dir, 'user')}\nIdentitiesOnly yes\nUserKnownHostsFile ${path.join(dir, knownHosts)}\nStrictHostKeyChecking yes\n`,
        )
        return file
      }
      mkdirSync('/run/sshd', { recursive: true })
      const sshd = spawn(SSHD, ['-D', '-e', '-f', path.join(dir, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
      cleanups.push(() => sshd.kill())
      let log = ''
      sshd.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
      await waitFor(() => answers(port), { what: 'sshd to listen' })

      const address = `ssh://${userInfo().username}@127.0.0.1:${port}`
      const engine = client(address, { sshConfig: configOf('config', 'known_hosts') })
      expect(await engine.call('GET', '/info')).toHaveProperty('ServerVersion')
      for (let i = 0; i < 5; i += 1) await engine.call('GET', '/version')
      expect(log.match(/Accepted publickey/g)).toHaveLength(1)
      const stranger = client(address, { sshConfig: configOf('config-stranger', 'nobody') })
      await expect(stranger.call('GET', '/info')).rejects.toThrow(/Host key verification failed/)
    },
  )
})

function pipe(from: Socket): void {
  const to = connect(SOCKET)
  from.pipe(to).pipe(from)
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}

async function freePort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })
