import { isIP } from 'node:net'
import { z } from 'zod'
import type { S3Settings } from './files/s3/client.ts'

/** Settings of a bucket, for whoever keeps files in one: `ZAPTRIA_<USE>_S3_<NAME>`. */
type Use = 'MEDIA' | 'VAULT'
type Names<U extends Use> = {
  [K in keyof typeof SETTINGS as `ZAPTRIA_${U}_S3_${K}`]: (typeof SETTINGS)[K]
}

const SETTINGS = {
  ENDPOINT: z.string().refine(isOrigin, 'a URL of scheme and host alone, for example https://s3.sa-east-1.amazonaws.com').optional(),
  REGION: z.string().min(1).optional(),
  BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, '3 to 63 lower-case letters, digits, dots and hyphens')
    .optional(),
  PREFIX: z
    .string()
    .regex(
      /^(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/(?!$)|$))+$/,
      'letters, digits, ., _ and -, with slashes between, for example zaptria/media',
    )
    .optional(),
  ACCESS_KEY_ID: z.string().min(1).optional(),
  SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** The bucket in the address's path, which every make of S3 understands, or in its host. */
  PATH_STYLE: z
    .enum(['on', 'off'])
    .transform((value) => value === 'on')
    .default(true),
}

/** All of these, or none. */
const NEEDS = ['ENDPOINT', 'REGION', 'BUCKET', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'] as const

/** The environment's names for the bucket of that use. */
export function bucketNames<U extends Use>(use: U): Names<U> {
  return Object.fromEntries(Object.entries(SETTINGS).map(([name, schema]) => [`ZAPTRIA_${use}_S3_${name}`, schema])) as Names<U>
}

type Read = { [K in keyof typeof SETTINGS]: z.infer<(typeof SETTINGS)[K]> }
type Environment = Record<string, unknown>
/** As they were read by the schemas of `bucketNames`. */
const read = (environment: Environment, use: Use): Read =>
  Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, environment[`ZAPTRIA_${use}_S3_${name}`]])) as Read

/** What is wrong with them together. */
export function bucketFaults(environment: Environment, use: Use): string[] {
  const settings = read(environment, use)
  const named = (name: keyof Read): string => `ZAPTRIA_${use}_S3_${name}`
  const missing = NEEDS.filter((name) => settings[name] === undefined)
  if (missing.length === NEEDS.length) return []
  const faults = missing.map((name) => `${named(name)}: needed to keep files in a bucket; set it, or none of ZAPTRIA_${use}_S3_*`)
  if (settings.PATH_STYLE || settings.ENDPOINT === undefined) return faults
  const { hostname, protocol } = new URL(settings.ENDPOINT)
  if (isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0) faults.push(`${named('PATH_STYLE')}: needs to be on with the address ${hostname}`)
  else if (protocol === 'https:' && settings.BUCKET?.includes('.') === true)
    faults.push(`${named('PATH_STYLE')}: needs to be on for ${settings.BUCKET}: no certificate is for a bucket with dots in its name`)
  return faults
}

/** Undefined: files are in a directory. `prefix`: our part of the bucket, when the settings name none. */
export function bucketSettings(environment: Environment, use: Use, prefix: string): S3Settings | undefined {
  const s = read(environment, use)
  if (!s.ENDPOINT || !s.REGION || !s.BUCKET || !s.ACCESS_KEY_ID || !s.SECRET_ACCESS_KEY) return undefined
  return {
    endpoint: s.ENDPOINT,
    region: s.REGION,
    bucket: s.BUCKET,
    accessKeyId: s.ACCESS_KEY_ID,
    secretAccessKey: s.SECRET_ACCESS_KEY,
    prefix: s.PREFIX ?? prefix,
    pathStyle: s.PATH_STYLE,
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, origin, href } = new URL(text)
  return ['http:', 'https:'].includes(protocol) && href === `${origin}/`
}
