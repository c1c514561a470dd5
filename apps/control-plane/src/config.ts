import path from 'node:path'
import { BOT_IMAGE, BOTS_NETWORK, EngineName } from '@zaptria/contract'
import type { MediaLimits } from '@zaptria/contract'
import type { ServerPolicy } from '@zaptria/core'
import { z } from 'zod'
import { backupFaults, backupNames, backupSettings } from './config-backups.ts'
import type { BackupSettings } from './config-backups.ts'
import { bucketFaults, bucketNames, bucketSettings } from './config-buckets.ts'
import type { S3Settings } from './files/s3/client.ts'
import { parseMasterKeys } from './secrets/seal.ts'
import { parseAllowed } from './webhooks/address.ts'
import type { WebhookPolicy } from './webhooks/address.ts'

/** Every setting of the control plane, read from the environment once. Unknown ZAPTRIA_* keys fail, so that a typing mistake is not silence. */
const onOff = z.enum(['on', 'off']).transform((value) => value === 'on')
const flag = z.enum(['0', '1', '']).transform((value) => value === '1')
const RegistryAuth = z.strictObject({ username: z.string(), password: z.string(), serveraddress: z.string().optional() })
const port = z.coerce.number().int().min(0).max(65_535)
const stringList = z.string().transform((text, context): string[] => {
  try {
    return z.array(z.string()).parse(JSON.parse(text))
  } catch {
    context.addIssue('a JSON array of strings, for example ["--lang=pt-BR"]')
    return z.NEVER
  }
})
const url = (schemes: string[]) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), `a URL that starts with ${schemes.join(' or ')}`)

const allowed = z.string().transform((text, context) => {
  try {
    return parseAllowed(text)
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error))
    return z.NEVER
  }
})

const Environment = z.object({
  DATABASE_URL: url(['postgres:', 'postgresql:']),
  PORT: port.default(8080),
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ZAPTRIA_ROLE: z.enum(['web', 'worker', 'all']).default('all'),
  ZAPTRIA_HOST: z.string().default('127.0.0.1'),
  /** Where the bots' own listener waits; by default loopback, or with Docker the host's address on the hub, which only bots reach. */
  ZAPTRIA_BOTS_HOST: z.string().optional(),
  ZAPTRIA_BOTS_PORT: port.default(8081),
  ZAPTRIA_PUBLIC_URL: url(['http:', 'https:']).optional(),
  /** What bots are told to dial; by default the bots' listener of this process. */
  ZAPTRIA_LINK_URL: url(['ws:', 'wss:']).optional(),
  ZAPTRIA_MASTER_KEY: z
    .string()
    .refine((text) => isMasterKey(text), 'one or more keys of 32 bytes, as base64 or hex, with commas between; the current one first')
    .optional(),
  ZAPTRIA_DATA_DIR: z.string().min(1).default('./var'),
  /** Where bots run: as child processes, or as containers of a Docker engine. */
  ZAPTRIA_DRIVER: z.enum(['process', 'docker']).default('process'),
  /** The engine's address; Docker's own variables mean the same. */
  ZAPTRIA_DOCKER_HOST: z.string().min(1).optional(),
  DOCKER_HOST: z.string().min(1).optional(),
  ZAPTRIA_DOCKER_CERT_PATH: z.string().min(1).optional(),
  DOCKER_CERT_PATH: z.string().min(1).optional(),
  ZAPTRIA_DOCKER_SSH_CONFIG: z.string().min(1).optional(),
  ZAPTRIA_BOT_IMAGE: z.string().min(1).default(`${BOT_IMAGE.name}:latest`),
  ZAPTRIA_REGISTRY_AUTH: z
    .string()
    .transform((text, context) => {
      try {
        return RegistryAuth.parse(JSON.parse(text))
      } catch {
        context.addIssue('JSON: {"username":"…","password":"…","serveraddress":"registry.example.com"}')
        return z.NEVER
      }
    })
    .optional(),
  /** The range from which each bot's network is cut; the host's rules must be for the same. */
  ZAPTRIA_BOTS_POOL: z.string().default(BOTS_NETWORK.pool),
  /** The host's address on which bots with `expose: host` are published. */
  ZAPTRIA_EXPOSE_ON: z.string().default('127.0.0.1'),
  ZAPTRIA_SECCOMP_PROFILE: z.string().min(1).optional(),
  ZAPTRIA_BROWSER_ARGS: stringList.optional(),
  ZAPTRIA_BROWSER_PATH: z.string().min(1).optional(),
  ZAPTRIA_BROWSER_SANDBOX: onOff.default(true),
  ZAPTRIA_BOT_ENTRY: z.string().min(1).optional(),
  ZAPTRIA_BOT_NODE_ARGS: stringList.optional(),
  ZAPTRIA_ENGINE: EngineName.default('wwebjs'),
  ZAPTRIA_LAB: flag.default(false),
  ZAPTRIA_LAB_URL: z.string().optional(),
  ZAPTRIA_OPERATOR_EMAIL: z.email().optional(),
  /** Where the files of messages lie; by default below the data directory. With a bucket: where they are moved from. */
  ZAPTRIA_MEDIA_DIR: z.string().min(1).optional(),
  ...bucketNames('MEDIA'),
  ZAPTRIA_MEDIA_MAX_DOCUMENT_MB: z.coerce.number().int().min(1).max(2000).default(64),
  /** Pictures, films, sounds, stickers. */
  ZAPTRIA_MEDIA_MAX_OTHER_MB: z.coerce.number().int().min(1).max(2000).default(16),
  /** After so many days files are not kept any more; without it they are kept. */
  ZAPTRIA_MEDIA_KEEP_DAYS: z.coerce.number().int().min(1).optional(),
  /** Where snapshots lie; by default below the data directory. With a bucket: where they are moved from. */
  ZAPTRIA_VAULT_DIR: z.string().min(1).optional(),
  ...bucketNames('VAULT'),
  /** So much of each tenant's snapshots is kept; without it as many as their ages say. */
  ZAPTRIA_VAULT_TENANT_MB: z.coerce.number().int().min(1).optional(),
  ...backupNames,
  ZAPTRIA_MAX_STARTING: z.coerce.number().int().min(1).max(1000).default(4),
  /** A server that is silent for so long is suspected; and for so long, given up. One that was is trusted again after it was heard for so long. */
  ZAPTRIA_SERVER_SUSPECT_SECONDS: z.coerce.number().int().min(5).default(15),
  ZAPTRIA_SERVER_GIVE_UP_SECONDS: z.coerce.number().int().min(10).default(60),
  ZAPTRIA_SERVER_TRUST_SECONDS: z.coerce.number().int().min(10).default(600),
  ZAPTRIA_PRINT_SIGN_IN_LINK: flag.default(false),
  ZAPTRIA_DASHBOARD_DIR: z.string().min(1).optional(),
  /** An API key to accept from the first moment (the demo makes its sample tenant with it). */
  ZAPTRIA_BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^zap_live_[a-z0-9]{8}_[A-Za-z0-9_-]{43}$/, 'zap_live_, 8 lower-case letters or digits, _, 43 letters, digits, _ or -')
    .optional(),
  /** Where webhooks may go besides public addresses: ranges with commas between, for receivers of the operator's own. */
  ZAPTRIA_WEBHOOKS_ALLOW: allowed.default([]),
  /** End when standard input closes: whoever started us is gone. */
  ZAPTRIA_EXIT_WITH_STDIN: flag.default(false),
})

const MIB = 1024 * 1024

/** Node's flags for bots: eleven megabytes less each at the same latency (docs/adr/0004-bot-node-flags.md). */
const BOT_NODE_ARGS = ['--max-semi-space-size=1']

const SECCOMP_PROFILE = path.join(import.meta.dirname, '../../../deploy/bot/seccomp.json')
const DOCKER_SOCKET = 'unix:///var/run/docker.sock'

export type DockerConfig = {
  host: string
  certPath: string | undefined
  sshConfig: string | undefined
  image: string
  registryAuth: z.infer<typeof RegistryAuth> | undefined
  pool: string
  exposeOn: string
  /** A file. */
  seccompProfile: string
}

/** Where files lie: in a directory, in a bucket, or in both while they are moved from the one to the other. */
export type FilesPlace = {
  /** Undefined: a bucket holds them all. */
  dir: string | undefined
  s3: S3Settings | undefined
}

export type Config = {
  databaseUrl: string
  role: 'web' | 'worker' | 'all'
  production: boolean
  logLevel: string
  public: { host: string; port: number; url: string | undefined }
  bots: { host: string | undefined; port: number; linkUrl: string | undefined }
  driver: 'process' | 'docker'
  docker: DockerConfig
  masterKey: string | undefined
  dataDir: string
  bot: {
    engine: EngineName
    entry: string | undefined
    nodeArgs: string[]
    browserArgs: string[]
    browserPath: string | undefined
    browserSandbox: boolean
    lab: boolean
    labUrl: string | undefined
  }
  media: FilesPlace & {
    limits: MediaLimits
    keepDays: number | undefined
  }
  vault: FilesPlace & {
    /** Of each tenant; undefined: no bound. */
    quotaBytes: number | undefined
  }
  backups: BackupSettings
  maxStarting: number
  servers: ServerPolicy
  operatorEmail: string | undefined
  printSignInLink: boolean
  dashboardDir: string | undefined
  bootstrapApiKey: string | undefined
  exitWithStdin: boolean
  webhooks: WebhookPolicy
}

/** The command line's own, which stand in the same shell when somebody has set them there. */
const NOT_OURS: ReadonlySet<string> = new Set(['ZAPTRIA_URL', 'ZAPTRIA_API_KEY'])

/** Throws one error that names every fault. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const faults: string[] = []
  for (const key of Object.keys(env)) {
    if (key.startsWith('ZAPTRIA_') && !(key in Environment.shape) && !NOT_OURS.has(key)) faults.push(`${key}: no such setting`)
  }
  const parsed = Environment.safeParse(env)
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  else faults.push(...faultsTogether(parsed.data))
  if (faults.length > 0 || !parsed.success)
    throw new Error(`The settings have mistakes:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  const e = parsed.data
  return {
    databaseUrl: e.DATABASE_URL,
    role: e.ZAPTRIA_ROLE,
    production: e.NODE_ENV === 'production',
    logLevel: e.LOG_LEVEL,
    public: { host: e.ZAPTRIA_HOST, port: e.PORT, url: e.ZAPTRIA_PUBLIC_URL },
    bots: { host: e.ZAPTRIA_BOTS_HOST, port: e.ZAPTRIA_BOTS_PORT, linkUrl: e.ZAPTRIA_LINK_URL },
    driver: e.ZAPTRIA_DRIVER,
    docker: {
      host: e.ZAPTRIA_DOCKER_HOST ?? e.DOCKER_HOST ?? DOCKER_SOCKET,
      certPath: e.ZAPTRIA_DOCKER_CERT_PATH ?? e.DOCKER_CERT_PATH,
      sshConfig: e.ZAPTRIA_DOCKER_SSH_CONFIG,
      image: e.ZAPTRIA_BOT_IMAGE,
      registryAuth: e.ZAPTRIA_REGISTRY_AUTH,
      pool: e.ZAPTRIA_BOTS_POOL,
      exposeOn: e.ZAPTRIA_EXPOSE_ON,
      seccompProfile: path.resolve(e.ZAPTRIA_SECCOMP_PROFILE ?? SECCOMP_PROFILE),
    },
    masterKey: e.ZAPTRIA_MASTER_KEY,
    dataDir: path.resolve(e.ZAPTRIA_DATA_DIR),
    bot: {
      engine: e.ZAPTRIA_ENGINE,
      entry: e.ZAPTRIA_BOT_ENTRY === undefined ? undefined : path.resolve(e.ZAPTRIA_BOT_ENTRY),
      nodeArgs: e.ZAPTRIA_BOT_NODE_ARGS ?? BOT_NODE_ARGS,
      browserArgs: e.ZAPTRIA_BROWSER_ARGS ?? [],
      browserPath: e.ZAPTRIA_BROWSER_PATH,
      browserSandbox: e.ZAPTRIA_BROWSER_SANDBOX,
      lab: e.ZAPTRIA_LAB,
      labUrl: e.ZAPTRIA_LAB_URL,
    },
    media: {
      ...filesPlace(e, 'MEDIA', 'media'),
      limits: { document: e.ZAPTRIA_MEDIA_MAX_DOCUMENT_MB * MIB, other: e.ZAPTRIA_MEDIA_MAX_OTHER_MB * MIB },
      keepDays: e.ZAPTRIA_MEDIA_KEEP_DAYS,
    },
    vault: {
      ...filesPlace(e, 'VAULT', 'vault'),
      quotaBytes: e.ZAPTRIA_VAULT_TENANT_MB === undefined ? undefined : e.ZAPTRIA_VAULT_TENANT_MB * MIB,
    },
    backups: backupSettings(e),
    maxStarting: e.ZAPTRIA_MAX_STARTING,
    servers: {
      suspectMs: e.ZAPTRIA_SERVER_SUSPECT_SECONDS * 1000,
      giveUpMs: e.ZAPTRIA_SERVER_GIVE_UP_SECONDS * 1000,
      trustMs: e.ZAPTRIA_SERVER_TRUST_SECONDS * 1000,
    },
    operatorEmail: e.ZAPTRIA_OPERATOR_EMAIL,
    printSignInLink: e.ZAPTRIA_PRINT_SIGN_IN_LINK,
    dashboardDir: e.ZAPTRIA_DASHBOARD_DIR === undefined ? undefined : path.resolve(e.ZAPTRIA_DASHBOARD_DIR),
    bootstrapApiKey: e.ZAPTRIA_BOOTSTRAP_API_KEY,
    exitWithStdin: e.ZAPTRIA_EXIT_WITH_STDIN,
    webhooks: { allowed: e.ZAPTRIA_WEBHOOKS_ALLOW, http: e.NODE_ENV !== 'production' },
  }
}

function faultsTogether(e: z.infer<typeof Environment>): string[] {
  const faults: string[] = []
  if (e.NODE_ENV === 'production') {
    if (e.ZAPTRIA_MASTER_KEY === undefined) faults.push('ZAPTRIA_MASTER_KEY: needed in production (openssl rand -base64 32)')
    if (!e.ZAPTRIA_LAB) {
      if (e.ZAPTRIA_BROWSER_ARGS !== undefined) faults.push('ZAPTRIA_BROWSER_ARGS: refused in production unless ZAPTRIA_LAB=1')
      if (e.ZAPTRIA_ENGINE === 'simulated') faults.push('ZAPTRIA_ENGINE: `simulated` is refused in production unless ZAPTRIA_LAB=1')
    }
  }
  // Public addresses are https; plain HTTP is for loopback, where a proxy on the same machine ends TLS.
  if (e.ZAPTRIA_PUBLIC_URL?.startsWith('http:') && !isLoopback(new URL(e.ZAPTRIA_PUBLIC_URL).hostname)) {
    faults.push('ZAPTRIA_PUBLIC_URL: plain http is for loopback addresses only; use https')
  }
  if (e.ZAPTRIA_SERVER_GIVE_UP_SECONDS <= e.ZAPTRIA_SERVER_SUSPECT_SECONDS)
    faults.push(
      `ZAPTRIA_SERVER_GIVE_UP_SECONDS: more than ${e.ZAPTRIA_SERVER_SUSPECT_SECONDS}, when it is only suspected (ZAPTRIA_SERVER_SUSPECT_SECONDS)`,
    )
  if (e.ZAPTRIA_DRIVER === 'docker') faults.push(...linkFaults(e))
  faults.push(...bucketFaults(e, 'MEDIA'), ...bucketFaults(e, 'VAULT'), ...backupFaults(e))
  if (e.ZAPTRIA_ENGINE === 'simulated' && e.ZAPTRIA_LAB_URL === undefined) faults.push('ZAPTRIA_LAB_URL: needed by the simulated engine')
  if (!isLoopback(e.ZAPTRIA_HOST) && e.ZAPTRIA_PUBLIC_URL?.startsWith('https:') !== true) {
    faults.push('ZAPTRIA_HOST: beyond loopback, people come by https: set ZAPTRIA_PUBLIC_URL to the address of the proxy that ends TLS')
  }
  return faults
}

/** Containers reach this control plane by the hub of a local engine, and else by the address that the setting names. */
function linkFaults(e: z.infer<typeof Environment>): string[] {
  const host = e.ZAPTRIA_DOCKER_HOST ?? e.DOCKER_HOST ?? DOCKER_SOCKET
  const url = e.ZAPTRIA_LINK_URL
  if (url !== undefined && isLoopback(new URL(url).hostname))
    return [`ZAPTRIA_LINK_URL: ${url} is loopback, which in a container is the container itself; use an address that bots reach`]
  if (url !== undefined || host.startsWith('unix:') || e.ZAPTRIA_ROLE === 'web') return []
  return [
    `ZAPTRIA_LINK_URL: needed with the engine ${host}: the address at which its bots reach this control plane, for example wss://zap.example.com/api/bots/link`,
  ]
}

function filesPlace(e: z.infer<typeof Environment>, use: 'MEDIA' | 'VAULT', name: string): FilesPlace {
  const s3 = bucketSettings(e, use, name)
  const set = e[`ZAPTRIA_${use}_DIR`]
  if (set !== undefined) return { dir: path.resolve(set), s3 }
  return { dir: s3 === undefined ? path.resolve(e.ZAPTRIA_DATA_DIR, name) : undefined, s3 }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function isMasterKey(text: string): boolean {
  try {
    parseMasterKeys(text)
    return true
  } catch {
    return false
  }
}
