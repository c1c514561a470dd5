import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerFailover } from '@zaptria/contract'
import type { ServerCredentials, ServerSettings } from '@zaptria/contract'
import type { Given, Option } from '../command.ts'
import { Problem, UsageError } from '../command.ts'
import { oneOf, readPool, whole } from '../values.ts'

/** What a server is added or changed by. */
export const SERVER_OPTIONS = {
  address: {
    kind: 'value',
    placeholder: 'ADDRESS',
    summary: 'a directory (process), or unix:///…, tcp://HOST:2376, ssh://USER@HOST (docker)',
    parse: String,
  },
  'tls-dir': { kind: 'value', placeholder: 'DIR', summary: 'for tcp://: where ca.pem, cert.pem and key.pem are', parse: String },
  'ssh-key': { kind: 'value', placeholder: 'FILE', summary: 'for ssh://: the private key, without a passphrase', parse: String },
  'known-hosts': { kind: 'value', placeholder: 'FILE', summary: 'for ssh://: who the machine is, as ssh-keyscan prints it', parse: String },
  pool: { kind: 'value', placeholder: 'RANGE', summary: 'for docker: where its bots’ networks come from', parse: readPool },
  'expose-on': { kind: 'value', placeholder: 'ADDRESS', summary: 'for docker: where bots with expose: host are published', parse: String },
  'link-url': {
    kind: 'value',
    placeholder: 'URL',
    summary: 'what its bots dial, for example wss://zap.example.com/api/bots/link',
    parse: String,
  },
  capacity: { kind: 'value', placeholder: 'N', summary: 'bots at most', parse: whole(1, 10_000) },
  region: { kind: 'value', placeholder: 'NAME', summary: 'where it is, in your words', parse: String },
  failover: {
    kind: 'value',
    placeholder: ServerFailover.options.join('|'),
    summary: 'what becomes of its bots when it falls silent',
    parse: oneOf(...ServerFailover.options),
  },
} as const satisfies Record<string, Option>

export type GivenServer = Given<typeof SERVER_OPTIONS>

/** As the API takes it; what was not given is left out. `settings`: what it has, of which this may change a part. */
export function serverBody(given: GivenServer, settings: ServerSettings = {}): Record<string, unknown> {
  const { pool, 'expose-on': exposeOn } = given
  const changed = { ...settings, ...(pool === undefined ? {} : { pool }), ...(exposeOn === undefined ? {} : { expose_on: exposeOn }) }
  const body = {
    address: given.address,
    credentials: credentialsOf(given),
    settings: pool === undefined && exposeOn === undefined ? undefined : changed,
    link_url: given['link-url'],
    capacity: given.capacity,
    region: given.region,
    failover: given.failover,
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

function credentialsOf({ 'tls-dir': dir, 'ssh-key': key, 'known-hosts': hosts }: GivenServer): ServerCredentials | undefined {
  if (dir !== undefined && (key !== undefined || hosts !== undefined))
    throw new UsageError('--tls-dir is for tcp://, --ssh-key and --known-hosts for ssh://: give one or the other')
  if (dir !== undefined)
    return { tls: { ca: read(join(dir, 'ca.pem')), cert: read(join(dir, 'cert.pem')), key: read(join(dir, 'key.pem')) } }
  if (key === undefined && hosts === undefined) return undefined
  if (key === undefined || hosts === undefined) throw new UsageError('--ssh-key and --known-hosts go together')
  return { ssh: { key: read(key), known_hosts: read(hosts) } }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${(error as Error).message}`, 'Give a file that is there.', { cause: error })
  }
}
