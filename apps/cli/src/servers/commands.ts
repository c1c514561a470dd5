import { OustedBot, Server, ServerDriver } from '@zaptria/contract'
import { z } from 'zod'
import { apiCommand } from '../api/command.ts'
import type { Value } from '../command.ts'
import { Problem, UsageError } from '../command.ts'
import { confirmed, yes } from '../confirm.ts'
import { facts, table } from '../table.ts'
import { oneOf } from '../values.ts'
import { findServer, serverArgument } from './find.ts'
import { SERVER_OPTIONS, serverBody } from './given.ts'

const gigabytes = (bytes: number | null): string => (bytes === null ? '?' : (bytes / 2 ** 30).toFixed(1))

const driver: Value<ServerDriver> = {
  kind: 'value',
  placeholder: ServerDriver.options.join('|'),
  summary: 'a directory of this machine, or a Docker engine',
  parse: oneOf(...ServerDriver.options),
}

/** How it is, in a few words. */
const stateOf = ({ state, cordoned }: Server): string => (cordoned ? `${state}, cordoned` : state)
const memoryOf = ({ memory_bytes: all, memory_free_bytes: free }: Server): string =>
  all === null ? '-' : `${gigabytes(free)} of ${gigabytes(all)} GB`

const lines = (server: Server): (readonly [string, string | null])[] => [
  ['id', server.id],
  ['name', server.name],
  ['driver', server.driver],
  ['address', server.address ?? 'as the settings say'],
  ['region', server.region],
  ['state', stateOf(server)],
  ['trouble', server.trouble],
  ['heard', server.heard_at],
  ['bots', `${server.bots} of ${server.capacity}`],
  ['free memory', memoryOf(server)],
  ['failover', server.failover],
  ['link URL', server.link_url],
  ['pool', server.settings.pool ?? null],
  ['exposed on', server.settings.expose_on ?? null],
  ['credentials', server.has_credentials ? 'sealed' : null],
]

export const serversLs = apiCommand({
  name: 'servers ls',
  summary: 'every server, how it is, and how many bots it holds',
  options: {},
  run: async (api, _, { terminal }) => {
    const servers = await api.list('/servers', Server)
    const rows = servers.map((one) => [
      one.name,
      one.driver,
      stateOf(one),
      `${one.bots}/${one.capacity}`,
      memoryOf(one),
      one.trouble ?? one.address ?? 'as the settings say',
    ])
    const screen = terminal.drawn ? terminal.columns : Infinity
    return { code: 0, data: servers, text: table(['NAME', 'DRIVER', 'STATE', 'BOTS', 'FREE MEMORY', 'WHERE'], rows, screen) }
  },
})

export const serversShow = apiCommand({
  name: 'servers show',
  summary: 'all that is known of a server',
  arguments: { server: serverArgument },
  options: {},
  run: async (api, { server: said }) => {
    const server = await findServer(api, said)
    return { code: 0, data: server, text: facts(lines(server)) }
  },
})

export const serversAdd = apiCommand({
  name: 'servers add',
  summary: 'add a place where bots run',
  details:
    'It is tried first: reached, let in, understood; nothing is written otherwise. From then on a new bot goes where most memory is free. docs/operations/servers.md says how to make a machine ready.',
  examples: [
    'zaptria servers add santos --driver docker --address ssh://zaptria@10.0.0.7 --ssh-key id_ed25519 --known-hosts hosts --link-url wss://zap.example.com/api/bots/link',
    'zaptria servers add recife --driver docker --address tcp://10.0.0.8:2376 --tls-dir ./certs --capacity 80',
    'zaptria servers add disco-2 --driver process --address /mnt/disco-2/zaptria',
  ],
  arguments: { name: { summary: 'what people call it', parse: String } },
  options: {
    driver,
    ...SERVER_OPTIONS,
  },
  run: async (api, { name, driver: kind, ...given }) => {
    if (kind === undefined) throw new UsageError(`--driver ${ServerDriver.options.join('|')} is needed`)
    if (given.address === undefined) throw new UsageError('--address is needed')
    const made = await api.call('POST', '/servers', Server, { body: { name, driver: kind, ...serverBody(given) } })
    return { code: 0, data: made, text: facts(lines(made)) }
  },
})

export const serversChange = apiCommand({
  name: 'servers change',
  summary: 'change a server’s name, address, credentials, capacity, …',
  details: 'Another address, other credentials or settings are tried first.',
  examples: ['zaptria servers change santos --capacity 80', 'zaptria servers change santos --ssh-key new_key --known-hosts hosts'],
  arguments: { server: serverArgument },
  options: { name: { kind: 'value', placeholder: 'NAME', summary: 'another name', parse: String }, ...SERVER_OPTIONS },
  run: async (api, { server: said, name, ...given }) => {
    const server = await findServer(api, said)
    const body = { ...(name === undefined ? {} : { name }), ...serverBody(given, server.settings) }
    if (Object.keys(body).length === 0) throw new UsageError('what is to change was not said')
    const changed = await api.call('PATCH', `/servers/${server.id}`, Server, { body })
    return { code: 0, data: changed, text: facts(lines(changed)) }
  },
})

export const serversCordon = apiCommand({
  name: 'servers cordon',
  summary: 'no new bots there; those that are there go on',
  arguments: { server: serverArgument },
  options: {},
  run: async (api, { server: said }, context) => {
    const { id, name } = await findServer(api, said)
    const server = await api.call('POST', `/servers/${id}/cordon`, Server)
    context.say(`${name} gets no new bots. ${server.bots} are there.`)
    return { code: 0, data: server }
  },
})

export const serversUncordon = apiCommand({
  name: 'servers uncordon',
  summary: 'new bots there again',
  arguments: { server: serverArgument },
  options: {},
  run: async (api, { server: said }, context) => {
    const { id, name } = await findServer(api, said)
    const server = await api.call('POST', `/servers/${id}/uncordon`, Server)
    context.say(`${name} gets new bots again.`)
    return { code: 0, data: server }
  },
})

export const serversGiveUp = apiCommand({
  name: 'servers give-up',
  summary: 'start the bots of a silent server elsewhere',
  details:
    'For a server whose failover is `ask` or `never`, or that nobody else gives up. Each bot comes back from its newest snapshot, a few at a time. A server that is heard is not given up. What is on the machine stays there: zaptria servers ousted.',
  arguments: { server: serverArgument },
  options: { yes },
  run: async (api, { server: said, yes: sure }, context) => {
    const { id, name, bots } = await findServer(api, said)
    await confirmed(context, sure, `Give up ${name}, and start its ${bots} bots elsewhere?`)
    const server = await api.call('POST', `/servers/${id}/give-up`, Server)
    context.say(`${name} is given up. Its bots are on their way: zaptria servers ls`)
    return { code: 0, data: server }
  },
})

export const serversOusted = apiCommand({
  name: 'servers ousted',
  summary: 'the bots that were taken from a server, and their volumes there',
  details: 'A volume can be deleted by hand when its bot is gone from there. One that is not drained may hold events that nobody else has.',
  arguments: { server: serverArgument },
  options: {},
  run: async (api, { server: said }, { terminal }) => {
    const { id, name } = await findServer(api, said)
    const bots = await api.list(`/servers/${id}/ousted`, OustedBot)
    const rows = bots.map((one) => [one.tenant_name, one.volume, one.ousted_at, one.drained_at ?? '-', one.gone_at ?? '-'])
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text =
      rows.length === 0 ? `None were taken from ${name}.\n` : table(['TENANT', 'VOLUME', 'SINCE', 'DRAINED', 'GONE'], rows, screen)
    return { code: 0, data: bots, text }
  },
})

export const serversRm = apiCommand({
  name: 'servers rm',
  summary: 'forget a server that holds no bots',
  details: 'What is on the machine stays there: the volumes of bots that were removed, for one.',
  arguments: { server: serverArgument },
  options: { yes },
  run: async (api, { server: said, yes: sure }, context) => {
    const { id, name, bots } = await findServer(api, said)
    if (bots > 0)
      throw new Problem(`${bots} bots are on ${name}.`, 'Remove them first: zaptria bots remove. A server that is empty can go.')
    await confirmed(context, sure, `Forget the server ${name}? Volumes that are on it stay there.`)
    await api.call('DELETE', `/servers/${id}`, z.unknown())
    context.say(`${name} is forgotten.`)
    return { code: 0, data: { removed: id } }
  },
})
