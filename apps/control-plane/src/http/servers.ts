import { OustedBot, Server, ServerChange, ServerCreate, ServerCredentials, ServerSettings, ZaptriaError, page } from '@zaptria/contract'
import { volumeName } from '@zaptria/core'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import { changeServer, insertServer, lockServer, removeServer, serverHint } from '../store/server-changes.ts'
import { credentialsPlace, drivenServers } from '../store/servers.ts'
import type { DrivenServer } from '../store/servers.ts'
import { giveUpServer } from '../store/server-states.ts'
import { findServer, listOusted, listServers } from '../store/servers-read.ts'
import type { ServerView } from '../store/servers-read.ts'
import type { Row, Trx } from '../store/tables.ts'
import { uuidv7 } from '../uuid.ts'
import type { App } from './app.ts'
import { changing } from './audited.ts'
import { creating } from './creating.ts'

/** A server that is to be tried before anything is written of it. */
export type ServerCandidate = {
  id: string
  name: string
  driver: string
  address: string | null
  settings: unknown
  link_url: string | null
  credentials: ServerCredentials | null
}
/** Throws `server_unusable`, in words for who has to mend it. */
export type CheckServer = (
  candidate: ServerCandidate,
  o: {
    /** It may be another place than before: no bot misses what it left there, and none of them can still run there. */
    mayMove: boolean
    /** All that are there. */
    others: readonly DrivenServer[]
  },
) => Promise<{ memoryBytes: number; memoryFreeBytes: number }>

export type ServerDeps = {
  db: Db
  hints: Pick<Hints, 'changed'>
  secrets: Pick<Secrets, 'seal' | 'open'>
  checkServer: CheckServer
}

const ServerParams = z.object({ server: z.uuid() })
/** What the platform is reached by: tried when it changes. */
const REACHED_BY = ['address', 'credentials', 'settings', 'link_url'] as const

export function serverRoutes(app: App, deps: ServerDeps): void {
  const { db, hints, secrets, checkServer } = deps
  const tags = ['servers']

  app.get(
    '/servers',
    { schema: { tags, summary: 'List servers', description: 'All of them, oldest first.', response: { 200: page(Server) } } },
    async () => ({ items: (await listServers(db)).map(serverView), next: null }),
  )

  app.get(
    '/servers/:server',
    { schema: { tags, summary: 'Read a server', params: ServerParams, response: { 200: Server } } },
    async ({ params }) => read(db, params.server),
  )

  app.post(
    '/servers',
    {
      config: { audit: { done: 'server.create' } },
      schema: {
        tags,
        summary: 'Add a server',
        description:
          'It is tried first: nothing is written unless it answers. Its credentials are sealed, and never shown again. New bots go where most memory is free.',
        body: ServerCreate,
        response: { 201: Server },
      },
    },
    (request, reply) =>
      creating(deps, request, reply, async (trx) => {
        const { body } = request
        const candidate = {
          ...body,
          id: uuidv7(),
          settings: body.settings ?? {},
          link_url: body.link_url ?? null,
          credentials: body.credentials ?? null,
        }
        const { memoryBytes, memoryFreeBytes } = await checkServer(candidate, { mayMove: true, others: await drivenServers(trx) })
        const { credentials, ...row } = candidate
        await hints.changed(
          trx,
          await insertServer(trx, {
            ...row,
            settings: JSON.stringify(row.settings),
            sealed_credentials: seal(secrets, row.id, credentials),
            memory_bytes: memoryBytes,
            memory_free_bytes: memoryFreeBytes,
          }),
        )
        request.audit.detail = { server: row.id, name: row.name, driver: row.driver, address: row.address }
        return read(trx, row.id)
      }),
  )

  app.patch(
    '/servers/:server',
    {
      config: { audit: { done: 'server.change' } },
      schema: {
        tags,
        summary: 'Change a server',
        description:
          'Another address, credentials, settings or link_url are tried first. Bots of a `process` server start anew with them; those of an engine go on. Of the server that the installation’s settings name only name, region, capacity and failover can be changed.',
        params: ServerParams,
        body: ServerChange,
        response: { 200: Server },
      },
    },
    async (request) => {
      const { body, params } = request
      const reached = REACHED_BY.some((field) => body[field] !== undefined)
      const before = reached ? await tried(params.server, body) : null
      return changing(db, request, async (trx) => {
        const row = await lockServer(trx, params.server)
        if (before !== null && !sameReach(row, before))
          throw new ZaptriaError('conflict', { detail: 'Somebody changed the server while it was tried. Look at it, and try again.' })
        const { credentials, settings, ...change } = body
        await hints.changed(
          trx,
          await changeServer(trx, row, {
            ...change,
            ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
            ...(credentials === undefined ? {} : { sealed_credentials: seal(secrets, row.id, credentials) }),
          }),
        )
        return read(trx, row.id)
      })
    },
  )

  /** Tries what it is to become. Answers with what it was. */
  const tried = async (id: string, change: ServerChange): Promise<Row<'servers'>> => {
    const row = await db.selectFrom('servers').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) throw new ZaptriaError('server_not_found')
    if (row.embedded) throw new ZaptriaError('server_embedded')
    const held = await db
      .selectFrom('bots')
      .select('id')
      .where('server_id', '=', id)
      .where('started_at', 'is not', null)
      .where((where) => where.or([where('desired', '<>', 'removed'), where('instance_state', '<>', 'absent')]))
      .executeTakeFirst()
    const candidate = {
      id,
      name: row.name,
      driver: row.driver,
      address: change.address ?? row.address,
      settings: change.settings ?? row.settings,
      link_url: change.link_url === undefined ? row.link_url : change.link_url,
      credentials: change.credentials === undefined ? opened(secrets, row) : change.credentials,
    }
    await checkServer(candidate, { mayMove: held === undefined, others: await drivenServers(db) })
    return row
  }

  app.delete(
    '/servers/:server',
    {
      config: { audit: { done: 'server.remove' } },
      schema: {
        tags,
        summary: 'Remove a server',
        description: 'Refused while bots are on it. Volumes that are there stay there.',
        params: ServerParams,
        response: { 204: z.void() },
      },
    },
    async (request, reply) => {
      await changing(db, request, async (trx) => hints.changed(trx, await removeServer(trx, request.params.server)))
      return reply.code(204).send()
    },
  )

  giveUpRoute(app, deps)
  oustedRoute(app, deps)

  for (const [word, cordoned, summary, description] of [
    ['cordon', true, 'Cordon a server', 'It gets no new bots; those that are on it go on.'],
    ['uncordon', false, 'Uncordon a server', 'It gets new bots again.'],
  ] as const) {
    app.post(
      `/servers/:server/${word}`,
      {
        config: { audit: { done: `server.${word}` } },
        schema: { tags, summary, description, params: ServerParams, response: { 200: Server } },
      },
      (request) =>
        changing(db, request, async (trx) => {
          const row = await lockServer(trx, request.params.server)
          if (row.cordoned !== cordoned) await hints.changed(trx, await changeServer(trx, row, { cordoned }))
          return read(trx, row.id)
        }),
    )
  }
}

function oustedRoute(app: App, { db }: Pick<ServerDeps, 'db'>): void {
  app.get(
    '/servers/:server/ousted',
    {
      schema: {
        tags: ['servers'],
        summary: 'List the bots that were taken from a server',
        description: 'Newest first: those that were started elsewhere because it fell silent, each with the volume that was kept there.',
        params: ServerParams,
        response: { 200: page(OustedBot) },
      },
    },
    async ({ params }) => {
      await read(db, params.server)
      const rows = await listOusted(db, params.server)
      const items = rows.map(({ container_name, place, ousted_at, drained_at, gone_at, ...row }) => ({
        ...row,
        volume: volumeName(container_name, place),
        ousted_at: ousted_at.toISOString(),
        drained_at: drained_at?.toISOString() ?? null,
        gone_at: gone_at?.toISOString() ?? null,
      }))
      return { items, next: null }
    },
  )
}

/** A person decides what `failover` does not. */
function giveUpRoute(app: App, { db, hints }: Pick<ServerDeps, 'db' | 'hints'>): void {
  app.post(
    '/servers/:server/give-up',
    {
      config: { audit: { done: 'server.give_up' } },
      schema: {
        tags: ['servers'],
        summary: 'Give a silent server up',
        description:
          'Its bots are started elsewhere, from their newest snapshots, a few at a time. Refused while it is heard, or a bot on it is. It is trusted again when it has been heard for a while.',
        params: ServerParams,
        response: { 200: Server },
      },
    },
    (request) =>
      changing(db, request, async (trx) => {
        const { server: id } = request.params
        const row = await lockServer(trx, id)
        if (row.state !== 'given_up') {
          const version = await giveUpServer(trx, id)
          if (version === null)
            throw new ZaptriaError('conflict', {
              detail: `${row.name} is heard: only a server that is silent can be given up. To keep new bots away from it, cordon it.`,
            })
          await hints.changed(trx, serverHint(id, version))
        }
        return read(trx, id)
      }),
  )
}

async function read(on: Db | Trx, id: string): Promise<Server> {
  const row = await findServer(on, id)
  if (row === undefined) throw new ZaptriaError('server_not_found')
  return serverView(row)
}

function seal(secrets: Pick<Secrets, 'seal'>, id: string, credentials: ServerCredentials | null): Buffer | null {
  return credentials === null ? null : secrets.seal(Buffer.from(JSON.stringify(credentials)), credentialsPlace(id))
}

function opened(secrets: Pick<Secrets, 'open'>, { id, name, sealed_credentials: sealed }: Row<'servers'>): ServerCredentials | null {
  if (sealed === null) return null
  try {
    return ServerCredentials.parse(JSON.parse(secrets.open(sealed, credentialsPlace(id)).toString()))
  } catch (cause) {
    throw new ZaptriaError('server_unusable', { detail: `The credentials of ${name} do not open: give them again.`, cause })
  }
}

const sameReach = (a: Row<'servers'>, b: Row<'servers'>): boolean =>
  a.address === b.address &&
  a.link_url === b.link_url &&
  JSON.stringify(a.settings) === JSON.stringify(b.settings) &&
  (a.sealed_credentials === b.sealed_credentials ||
    (b.sealed_credentials !== null && a.sealed_credentials?.equals(b.sealed_credentials) === true))

export const serverView = (row: ServerView): Server => ({
  ...row,
  settings: ServerSettings.parse(row.settings),
  state_at: row.state_at.toISOString(),
  heard_at: row.heard_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
})
