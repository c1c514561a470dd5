import type { Hint, Severity } from '@zaptria/contract'
import { judgeServer } from '@zaptria/core'
import type { Held, ServerPolicy, ServerState } from '@zaptria/core'
import type { Logger } from 'pino'
import type { Hints } from '../live/hints.ts'
import type { Metrics } from '../metrics.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import { insertAudit } from '../store/audit.ts'
import type { Db } from '../store/db.ts'
import { botsToMove } from '../store/ousted.ts'
import { heardServers, mayJudge, setServerState } from '../store/server-states.ts'
import type { HeardServer } from '../store/server-states.ts'
import type { Trx } from '../store/tables.ts'
import { moveAway } from './servers-move.ts'

export type ServersDeps = {
  db: Db
  hints: Pick<Hints, 'changed'>
  log: Logger
  metrics: Pick<Metrics, 'servers'>
  policy: ServerPolicy
  /** Bots of one server that may be on their way from their start to their link. */
  maxStarting: number
}

/** What is thought of each server, by what was heard of it; then bots of those that were given up are started elsewhere, a few at a time. */
export async function watchServers(deps: ServersDeps): Promise<'done'> {
  const judged = await deps.db.transaction().execute(async (trx) => {
    if (!(await mayJudge(trx))) return false
    const servers = await heardServers(trx)
    const states = new Map<string, ServerState>()
    for (const server of servers) states.set(server.name, await judgeOne(deps, trx, server, servers))
    tellMetrics(deps.metrics, states)
    return true
  })
  if (judged) await moveSome(deps)
  return 'done'
}

async function judgeOne(deps: ServersDeps, trx: Trx, server: HeardServer, all: readonly HeardServer[]): Promise<ServerState> {
  const { id, name } = server
  const others = all.some((other) => other.id !== id && other.heard)
  const { state, held } = judgeServer(server, others, deps.policy)
  const hints: Hint[] = []
  if (state !== server.state) {
    const facts = { server: name, from: server.state, silent_s: seconds(server.silentMs), bots: server.bots }
    deps.log[state === 'well' ? 'info' : 'warn'](facts, `the server is ${state.replace('_', ' ')}`)
    hints.push({ noun: 'server', id, tenant_id: null, version: await setServerState(trx, id, state) })
  }
  const alert = alertOf(server, state, held)
  if (alert === null) {
    const over = server.alert && server.heard ? await resolveAlert(trx, 'server_silent', id) : null
    if (over !== null) hints.push(over)
  } else if (!server.alert || (await alertSays(trx, id)) !== alert.detail) {
    hints.push(await raiseAlert(trx, { kind: 'server_silent', subject: id, tenantId: null, ...alert }))
  }
  if (hints.length > 0) await deps.hints.changed(trx, hints)
  if (state === 'given_up' && server.state !== 'given_up')
    await insertAudit(trx, { actor: 'failover', action: 'server.give_up', tenantId: null, detail: { server: name, bots: server.bots } })
  return state
}

/** For who looks; null: nothing is wrong. One that nobody here can reach at all is told of by start/lost-servers.ts. */
function alertOf(
  { name, heard_at, silentMs }: HeardServer,
  state: ServerState,
  held: Held | null,
): { severity: Severity; detail: string } | null {
  if (state === 'given_up')
    return {
      severity: 'critical',
      detail: `the server ${name} was given up: its bots are started elsewhere${silentMs === null ? '; it is heard again' : ''}`,
    }
  if (state !== 'suspected') return null
  const silence = `the server ${name} has not been heard since ${heard_at?.toISOString() ?? 'it was added'}`
  if (held === null) return { severity: 'warning', detail: silence }
  return { severity: 'critical', detail: `${silence}; ${WHY_HELD[held](name)}` }
}

const WHY_HELD: Record<Held, (name: string) => string> = {
  ask: (name) => `start its bots elsewhere with: zaptria servers give-up ${name}`,
  never: () => 'its bots stay with it (failover: never)',
  alone: () => 'no other server is heard, so that its bots stay with it',
}

async function alertSays(trx: Trx, serverId: string): Promise<string | null> {
  const row = await trx
    .selectFrom('alerts')
    .select('detail')
    .where('fingerprint', '=', `server_silent:${serverId}`)
    .where('resolved_at', 'is', null)
    .executeTakeFirst()
  return row?.detail ?? null
}

const STATES: readonly ServerState[] = ['unheard', 'well', 'suspected', 'given_up']

/** All anew: one that was removed, or has another name, leaves nothing behind. */
function tellMetrics({ servers }: ServersDeps['metrics'], states: ReadonlyMap<string, ServerState>): void {
  servers.reset()
  for (const [name, is] of states) for (const state of STATES) servers.set({ name, state }, state === is ? 1 : 0)
}

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 1000))

/** Most valuable first, each in a transaction of its own. When one finds no place, the rest waits for the next look. */
async function moveSome(deps: ServersDeps): Promise<void> {
  for (const bot of await botsToMove(deps.db)) {
    const moved = await deps.db.transaction().execute(async (trx) => {
      const outcome = await moveAway(trx, bot.id, deps.maxStarting)
      await deps.hints.changed(trx, outcome.hints)
      return outcome
    })
    if (moved.to === 'busy') return
    if (moved.to !== null && moved.to !== 'nowhere')
      deps.log.warn(
        { bot: bot.id, tenant: bot.tenant_id, from: moved.from, to: moved.to },
        'the bot’s server was given up: it is started elsewhere',
      )
  }
}
