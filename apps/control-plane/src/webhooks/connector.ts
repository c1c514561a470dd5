import type { LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { AllowedAddresses } from './address.ts'
import { ForbiddenAddress, guardedLookup, literalOf, mayReach } from './address.ts'

const CONNECT_MS = 10_000
const KEEP_ALIVE_MS = 30_000

/**
 * Connections for webhooks, kept open between them. A connection is made to an address that was looked up here and may be reached, and its other
 * end is looked at again before anything is said. Proxies of the environment are not used: they would look names up by themselves.
 */
export function createWebhookAgent(o: { allowed: AllowedAddresses; perOrigin: number; lookup?: LookupFunction }): Agent {
  const { allowed } = o
  const connect = buildConnector({ timeout: CONNECT_MS, lookup: guardedLookup(allowed, o.lookup) })
  return new Agent({
    connections: o.perOrigin,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // One request at a time on each connection: what fails is then one delivery's fault.
    allowH2: false,
    connect: (options, callback) => {
      // An address in place of a name is connected to without being looked up.
      const literal = literalOf(options.hostname)
      if (literal !== null && !mayReach(literal, allowed)) return callback(new ForbiddenAddress(literal), null)
      return connect(options, (error, socket) => {
        if (error !== null) return callback(error, null)
        const { remoteAddress } = socket
        if (remoteAddress !== undefined && mayReach(remoteAddress, allowed)) return callback(null, socket)
        socket.destroy()
        return callback(new ForbiddenAddress(remoteAddress ?? 'an unknown address'), null)
      })
    },
  })
}
