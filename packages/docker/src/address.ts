import { readFileSync } from 'node:fs'
import path from 'node:path'

/** Where an engine listens. */
export type EngineAddress =
  | { kind: 'socket'; path: string }
  | { kind: 'tcp'; host: string; port: number; tls: Certificates | undefined }
  | { kind: 'ssh'; destination: string; port: number | undefined; configFile: string | undefined }

type Certificates = { ca: Buffer; cert: Buffer; key: Buffer }

export type EngineFiles = {
  /** A folder with `ca.pem`, `cert.pem` and `key.pem`, for `tcp://`. */
  certPath?: string | undefined
  /** The same three themselves, instead. */
  certificates?: Certificates | undefined
  /** An ssh configuration file instead of the user's own, for `ssh://`. */
  sshConfig?: string | undefined
}

const SECURE_PORT = 2376
const PLAIN_PORT = 2375

/**
 * Reads an address as the docker command does: `unix:///var/run/docker.sock`, `tcp://host:2376` with the folder of `ca.pem`, `cert.pem` and
 * `key.pem`, or `ssh://user@host[:port]`. Without certificates, plain TCP is for loopback: whoever reaches an engine owns its host.
 */
export function engineAddress(text: string, { certPath, certificates, sshConfig }: EngineFiles = {}): EngineAddress {
  const wrong = (why: string, cause?: unknown): Error =>
    new Error(
      `not an engine's address: ${text} (${why}); use unix:///var/run/docker.sock, tcp://host:2376 with certificates, or ssh://user@host`,
      { cause },
    )
  if (!URL.canParse(text)) throw wrong('not a URL')
  const url = new URL(text)
  switch (url.protocol) {
    case 'unix:':
      if (!url.pathname.startsWith('/') || url.pathname === '/' || url.host !== '') throw wrong('no path of a socket')
      return { kind: 'socket', path: decodeURIComponent(url.pathname) }
    case 'ssh:': {
      if (!/^[A-Za-z0-9_]/.test(url.hostname)) throw wrong('no host')
      const user = decodeURIComponent(url.username)
      if (user !== '' && !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(user)) throw wrong('not a user’s name')
      if (url.password !== '') throw wrong('a password; use a key')
      return {
        kind: 'ssh',
        destination: user === '' ? url.hostname : `${user}@${url.hostname}`,
        port: url.port === '' ? undefined : Number(url.port),
        configFile: sshConfig,
      }
    }
    case 'tcp:': {
      if (url.hostname === '') throw wrong('no host')
      const host = url.hostname.replace(/^\[|\]$/g, '')
      const secure = (tls: Certificates): EngineAddress => ({
        kind: 'tcp',
        host,
        port: url.port === '' ? SECURE_PORT : Number(url.port),
        tls,
      })
      if (certificates !== undefined) return secure(certificates)
      if (certPath === undefined) {
        if (!/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)) throw wrong('plain TCP beyond loopback')
        return { kind: 'tcp', host, port: url.port === '' ? PLAIN_PORT : Number(url.port), tls: undefined }
      }
      try {
        const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((file) => readFileSync(path.join(certPath, file)))
        return secure({ ca: ca!, cert: cert!, key: key! })
      } catch (error) {
        throw wrong(`its certificates cannot be read: ${error instanceof Error ? error.message : String(error)}`, error)
      }
    }
    default:
      throw wrong(`${url.protocol} is not spoken here`)
  }
}

/** The engine runs on this machine, so that its bridges are this machine's. */
export const isLocal = (address: EngineAddress): boolean => address.kind === 'socket'

/** The engine that the environment names: our own variables, else those of the docker command, else this machine's. */
export function engineOf(env: NodeJS.ProcessEnv): { text: string; files: EngineFiles } {
  return {
    text: env['ZAPTRIA_DOCKER_HOST'] ?? env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock',
    files: { certPath: env['ZAPTRIA_DOCKER_CERT_PATH'] ?? env['DOCKER_CERT_PATH'], sshConfig: env['ZAPTRIA_DOCKER_SSH_CONFIG'] },
  }
}
