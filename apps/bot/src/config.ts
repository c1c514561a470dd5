import { DEFAULT_PACING, Pacing } from '@zaptria/contract'
import { z } from 'zod'

const flag = z.enum(['0', '1']).transform((value) => value === '1')

const address = (...protocols: string[]) =>
  z.url().refine((value) => protocols.includes(new URL(value).protocol), {
    message: `must begin with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  })

const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' })
        return z.NEVER
      }
    })
    .pipe(schema)

const Environment = z.object({
  /** The bot's secret towards its dashboard, both ways. */
  BOT_TOKEN: z.string().min(40).max(1024),
  TENANT_ID: z.string().min(1).max(256),
  DASHBOARD_URL: address('http:', 'https:').optional(),
  /** Absent = standalone, behind a dashboard that speaks the seed's webhooks. */
  ZAPTRIA_LINK_URL: address('ws:', 'wss:').optional(),
  NODE_ENV: z.string().default('development'),
  /** 0 = any free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** The volume: session and outbox. */
  ZAPTRIA_DATA_DIR: z.string().min(1).default('./.wwebjs_auth'),
  ZAPTRIA_ENGINE: z.enum(['wwebjs', 'simulated']).default('wwebjs'),
  ZAPTRIA_LAB: flag.default(false),
  ZAPTRIA_LAB_URL: z.url().optional(),
  ZAPTRIA_BROWSER_PATH: z.string().min(1).optional(),
  /** The seed's name for the same. */
  PUPPETEER_EXECUTABLE_PATH: z.string().min(1).optional(),
  ZAPTRIA_BROWSER_ARGS: json(z.array(z.string())).default([]),
  ZAPTRIA_BROWSER_SANDBOX: z.enum(['on', 'off']).default('on'),
  /** The browser is reloaded at a quiet moment when its processes together hold more than this. */
  ZAPTRIA_BROWSER_MEMORY_MB: z.coerce.number().int().min(64).default(600),
  /** What the volume may hold; the control plane warns at 80%. */
  ZAPTRIA_VOLUME_MB: z.coerce.number().int().min(128).optional(),
  /** Set by the image: this process and its browser are alone in their control group, so that its memory is theirs. */
  ZAPTRIA_CONTAINER: flag.default(false),
  /** How often the bot had been moved to another server when this instance was made: tells it from one that was left behind. */
  ZAPTRIA_PLACE: z.coerce.number().int().min(0).default(0),
  /** Set by the process driver: the bot must not outlive its parent. */
  ZAPTRIA_EXIT_WITH_STDIN: flag.default(false),
  ZAPTRIA_PACING: json(Pacing.partial().transform((given) => Pacing.parse({ ...DEFAULT_PACING, ...given }))).default(DEFAULT_PACING),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

/** What the environment has to say, read once. */
export type Config = {
  token: string
  tenantId: string
  dashboardUrl: string | null
  linkUrl: string | null
  production: boolean
  host: string
  port: number
  dataDir: string
  engine: 'wwebjs' | 'simulated'
  labUrl: string | null
  browser: { path: string | null; args: string[]; sandbox: boolean; memoryLimitBytes: number }
  volumeLimitBytes: number | null
  container: boolean
  place: number
  exitWithStdin: boolean
  pacing: Pacing
  logLevel: string
}

export class ConfigError extends Error {
  readonly faults: { path: string; message: string }[]

  constructor(faults: { path: string; message: string }[]) {
    super(`The environment is not as it should be:\n${faults.map((fault) => `  ${fault.path}: ${fault.message}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** Reads the environment; throws a ConfigError that names every fault, not the first alone. */
export const readConfig = (environment: Record<string, string | undefined>): Config => {
  // Compose files and unit files pass unset variables on as empty strings.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  const faults = Object.keys(given)
    .filter((key) => key.startsWith('ZAPTRIA_') && !(key in Environment.shape))
    .map((key) => ({ path: key, message: 'no such setting' }))
  const parsed = Environment.safeParse(given)
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })))
    throw new ConfigError(faults)
  }
  const env = parsed.data
  const production = env.NODE_ENV === 'production'
  if (env.DASHBOARD_URL === undefined && env.ZAPTRIA_LINK_URL === undefined) {
    faults.push({ path: 'DASHBOARD_URL', message: 'is required when there is no ZAPTRIA_LINK_URL' })
  }
  if (env.ZAPTRIA_ENGINE === 'simulated' && env.ZAPTRIA_LAB_URL === undefined) {
    faults.push({ path: 'ZAPTRIA_LAB_URL', message: 'is required by the simulated engine' })
  }
  if (production && !env.ZAPTRIA_LAB) {
    const reason = 'is refused in production unless ZAPTRIA_LAB=1'
    if (env.ZAPTRIA_BROWSER_ARGS.length > 0) faults.push({ path: 'ZAPTRIA_BROWSER_ARGS', message: reason })
    if (env.ZAPTRIA_ENGINE === 'simulated') faults.push({ path: 'ZAPTRIA_ENGINE', message: `simulated ${reason}` })
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return {
    token: env.BOT_TOKEN,
    tenantId: env.TENANT_ID,
    dashboardUrl: env.DASHBOARD_URL ?? null,
    linkUrl: env.ZAPTRIA_LINK_URL ?? null,
    production,
    host: env.HOST,
    port: env.PORT,
    dataDir: env.ZAPTRIA_DATA_DIR,
    engine: env.ZAPTRIA_ENGINE,
    labUrl: env.ZAPTRIA_LAB_URL ?? null,
    browser: {
      path: env.ZAPTRIA_BROWSER_PATH ?? env.PUPPETEER_EXECUTABLE_PATH ?? null,
      args: env.ZAPTRIA_BROWSER_ARGS,
      sandbox: env.ZAPTRIA_BROWSER_SANDBOX === 'on',
      memoryLimitBytes: env.ZAPTRIA_BROWSER_MEMORY_MB * 1024 * 1024,
    },
    volumeLimitBytes: env.ZAPTRIA_VOLUME_MB === undefined ? null : env.ZAPTRIA_VOLUME_MB * 1024 * 1024,
    container: env.ZAPTRIA_CONTAINER,
    place: env.ZAPTRIA_PLACE,
    exitWithStdin: env.ZAPTRIA_EXIT_WITH_STDIN,
    pacing: env.ZAPTRIA_PACING,
    logLevel: env.LOG_LEVEL,
  }
}
