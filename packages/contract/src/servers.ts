import { z } from 'zod'

/** A place where bots run: `process`, a directory of this machine; `docker`, an engine here or elsewhere. */
export const ServerDriver = z.enum(['process', 'docker'])
export type ServerDriver = z.infer<typeof ServerDriver>

export const ServerFailover = z.enum(['automatic', 'ask', 'never'])
export type ServerFailover = z.infer<typeof ServerFailover>

/** `unheard`: nobody has asked it yet. `given_up`: its bots were started elsewhere. */
export const ServerState = z.enum(['unheard', 'well', 'suspected', 'given_up'])
export type ServerState = z.infer<typeof ServerState>

const pem = z
  .string()
  .max(50_000)
  .regex(/-----BEGIN [A-Z ]+-----/, 'PEM: it begins with -----BEGIN')

/** What it takes to be let in. Sealed, and never shown again. */
export const ServerCredentials = z.union([
  z.strictObject({ tls: z.strictObject({ ca: pem, cert: pem, key: pem }).describe('For `tcp://`: PEM.') }),
  z.strictObject({
    ssh: z
      .strictObject({
        key: pem,
        known_hosts: z.string().trim().min(1).max(50_000).describe('The lines of `ssh-keyscan`: who the machine is.'),
      })
      .describe('For `ssh://`.'),
  }),
])
export type ServerCredentials = z.infer<typeof ServerCredentials>

/** What a driver needs besides an address. */
export const ServerSettings = z.strictObject({
  pool: z
    .string()
    .max(50)
    .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'an IPv4 range, for example 10.212.0.0/16')
    .optional()
    .describe('Docker: the range from which each bot’s network is cut; by default that of the installation.'),
  expose_on: z
    .string()
    .max(100)
    .regex(/^[0-9a-fA-F.:]+$/, 'an address of that machine')
    .optional()
    .describe('Docker: that machine’s address on which bots with `expose: host` are published; by default its loopback.'),
})
export type ServerSettings = z.infer<typeof ServerSettings>

const At = z.iso.datetime()
const linkUrl = z
  .string()
  .max(500)
  .refine((text) => URL.canParse(text) && ['ws:', 'wss:'].includes(new URL(text).protocol), 'a URL that starts with ws: or wss:')
const name = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\s/]+$/, 'without blanks and slashes')
const address = z.string().trim().min(1).max(500)
const region = z.string().trim().min(1).max(100)
const capacity = z.int().min(1).max(10_000)

export const Server = z.object({
  id: z.uuid(),
  name: z.string(),
  driver: z.string(),
  address: z.string().nullable().describe('Null: the installation’s settings say where it is.'),
  region: z.string().nullable(),
  capacity: z.int().describe('Bots at most.'),
  bots: z.int().describe('How many bots it is to hold.'),
  cordoned: z.boolean().describe('It gets no new bots.'),
  embedded: z.boolean().describe('It is the one that the installation’s settings name.'),
  state: ServerState,
  state_at: At,
  heard_at: At.nullable().describe('When it, or a bot on it, last said something.'),
  trouble: z.string().nullable().describe('What was heard instead of an answer, or why it cannot be asked.'),
  memory_bytes: z.int().nullable(),
  memory_free_bytes: z.int().nullable().describe('What more bots could take.'),
  failover: ServerFailover.describe(
    'What happens to its bots when it falls silent: `automatic`: they start elsewhere; `ask`: when a person says so; `never`.',
  ),
  link_url: z.string().nullable().describe('What its bots dial; null: what those of other servers do.'),
  settings: ServerSettings,
  has_credentials: z.boolean(),
  version: z.string(),
  created_at: At,
})
export type Server = z.infer<typeof Server>

/** A bot that was started elsewhere because its server fell silent. */
export const OustedBot = z.object({
  bot_id: z.uuid(),
  tenant_id: z.uuid(),
  tenant_name: z.string(),
  volume: z.string().describe('The name of the volume that was kept there.'),
  ousted_at: At,
  drained_at: At.nullable().describe('All that it held was stored.'),
  gone_at: At.nullable().describe('Nothing of it runs there any more: its volume may be deleted by hand.'),
})
export type OustedBot = z.infer<typeof OustedBot>

export const ServerCreate = z.strictObject({
  name,
  driver: ServerDriver,
  address: address.describe(
    '`process`: an absolute directory for its bots’ volumes, empty or to be made; `docker`: `unix:///…`, `tcp://host:2376` or `ssh://user@host[:port]`.',
  ),
  credentials: ServerCredentials.optional(),
  settings: ServerSettings.optional(),
  link_url: linkUrl.optional().describe('Needed by an engine unless the installation has one for all (ZAPTRIA_LINK_URL).'),
  region: region.optional(),
  capacity: capacity.optional().describe('Bots at most; 50 when nothing is said.'),
  failover: ServerFailover.optional(),
})
export type ServerCreate = z.infer<typeof ServerCreate>

/** What is left out stays. */
export const ServerChange = z.strictObject({
  name: name.optional(),
  address: address.optional(),
  credentials: ServerCredentials.nullable().optional(),
  settings: ServerSettings.optional(),
  link_url: linkUrl.nullable().optional(),
  region: region.nullable().optional(),
  capacity: capacity.optional(),
  failover: ServerFailover.optional(),
})
export type ServerChange = z.infer<typeof ServerChange>
