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
