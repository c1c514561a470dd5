import type { Hint } from '@zaptria/contract'
import type { BotObserved, PlanStep } from '@zaptria/core'
import { plan, REMOVED_BY_OTHERS, settled } from '@zaptria/core'
import type { Logger } from 'pino'
import { releaseGrant } from '../grants/index.ts'
import type { Hints } from '../live/hints.ts'
import type { Metrics } from '../metrics.ts'
import type { Turns } from '../orchestrator/in-turn.ts'
import type { Driver, InstanceReport, InstanceSpec } from '../orchestrator/port.ts'
import { openAlertKinds, raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Db } from '../store/db.ts'
import type { ClaimedBot } from '../store/reconcile.ts'
import { desiredHere, desiredOf, noteInstance, noteRestarted, noteSettled, noteStart, takeStartingPlace } from '../store/reconcile.ts'
import type { Row } from '../store/tables.ts'
import { inTime } from './in-time.ts'
import type { Memory } from './memory.ts'

export type ReconcileDeps = {
  db: Db
  hints: Pick<Hints, 'changed'>
  log: Logger
  metrics: Pick<Metrics, 'reconciles'>
  specOf: (bot: Row<'bots'>) => Promise<InstanceSpec>
  /** When this replica began to look, on the database's clock. */
  watchedSinceMs: number
  /** One at a time per server. */
  inTurn: Turns
  /** Bots of one server that may be on their way from their start to their link. */
  maxStarting: number
  memory: Memory
}

/** Bots of one server that are replaced at once for a new version or setting. */
const MOST_ROLLING = 2
/** When a bot waits for its turn to be started. */
const TURN_LOOK_MS = 1_500

/** The bot was moved while its old server was being asked: whatever that one says, nothing follows from it. */
export class MovedError extends Error {
  constructor() {
    super('the bot is on another server by now')
  }
}

/** One pass over one bot: what is, what should be, the steps between. Answers with when to look again. Throws when the driver failed. */
export async function reconcileBot(deps: ReconcileDeps, driver: Driver, claimed: ClaimedBot): Promise<number> {
  const wanted = desiredHere(claimed) === 'running' ? await deps.specOf(claimed) : undefined
  if (wanted === undefined) deps.memory.failures.delete(claimed.id)
  const { row, report } = await observe(deps, driver, claimed, wanted)
  const restarted =
    report.generation === claimed.instance_generation && (report.restarts ?? 0) > claimed.instance_restarts
      ? (report.ended ?? report.detail ?? 'it ended')
      : null
  if (restarted !== null) await noteRestarted(deps.db, row.id)
  const bot = restarted === null ? row : { ...row, started_at: new Date(claimed.now_ms) }
  const removed = removedByOthers(deps.memory, driver, claimed, report)
  if (removed) deps.log.warn({ bot: bot.id, tenant: bot.tenant_id, container: bot.container_name }, 'somebody removed the bot’s instance')
  const failed = untold(deps.memory, bot.id)
  const drift = report.drift?.kind ?? null
  const detail = report.drift?.what ?? report.detail
  const observed = await observedOf(deps, bot, { drift, detail, restarted, failed, removed })
  const { steps, look_again_ms } = plan({ desired: desiredHere(bot), generation: bot.generation }, observed, claimed.now_ms)
  if (settled(observed, claimed.now_ms)) await noteSettled(deps.db, bot.id)
  let waits = false
  // A removal ends it first, and that may be all that was seen of it so far.
  let gone = false
  for (const step of steps) {
    if (step.do === 'apply' || step.do === 'recreate') {
      waits = !(await mayStart(deps, bot, step))
      if (waits) continue
    }
    // It is told when it happens; a removal has happened.
    if (waits && !removed && step.do === 'raise' && step.alert === 'bot_restarted') continue
    const told: PlanStep = gone && step.do === 'raise' && step.alert === 'bot_restarted' ? { ...step, detail: REMOVED_BY_OTHERS } : step
    gone = (await take(deps, driver, bot, told, report.drift?.what)) || gone
  }
  return waits ? TURN_LOOK_MS : look_again_ms
}

/**
 * A few at a time per server: fifty that start at once on two processors take so long that all of them look dead, are replaced for that, and keep
 * the machine from ever getting through.
 */
function mayStart(deps: ReconcileDeps, bot: Row<'bots'>, step: PlanStep): Promise<boolean> {
  const rolls = step.do === 'recreate' && step.why === 'outdated'
  const place = rolls ? ({ most: MOST_ROLLING, until: 'said_more' } as const) : ({ most: deps.maxStarting, until: 'dialled_in' } as const)
  return deps.inTurn(bot.server_id, () => takeStartingPlace(deps.db, bot, place))
}

/** Asks the driver and writes its word down. What is gone cannot hold a grant: it is released before anything is started again. */
async function observe(
  deps: ReconcileDeps,
  driver: Driver,
  bot: Pick<Row<'bots'>, 'id' | 'container_name' | 'tenant_id' | 'server_id' | 'instance_restarts' | 'public_url'>,
  wanted?: InstanceSpec,
): Promise<{ row: Row<'bots'>; report: InstanceReport }> {
  const report = await inTime(driver.inspect(bot.container_name, wanted)).catch((error: unknown): InstanceReport => ({
    state: 'unknown',
    generation: null,
    detail: textOf(error),
    // Not known is not "never", nor "nowhere".
    restarts: bot.instance_restarts,
    ...(bot.public_url === null ? {} : { url: bot.public_url }),
  }))
  remember(deps.memory, bot, report)
  // Why it is not there, when we know: what a driver says of nothing is nothing.
  const failure = report.state === 'absent' || report.state === 'exited' ? deps.memory.failures.get(bot.id)?.why : undefined
  const seen = { ...report, detail: failure ?? report.detail, restarts: report.restarts ?? 0, url: report.url ?? null }
  const noted = await noteInstance(deps.db, bot.id, bot.server_id, seen)
  if (noted === null) throw new MovedError()
  const { row, changed } = noted
  if (report.state === 'absent' || report.state === 'exited') await releaseGrant(deps.db, bot.id)
  if (changed) await tell(deps, { noun: 'bot', id: row.id, tenant_id: row.tenant_id, version: row.version })
  return { row, report }
}

async function observedOf(
  deps: ReconcileDeps,
  bot: Row<'bots'>,
  more: Omit<BotObserved['instance'], 'state' | 'generation' | 'changed_at_ms'>,
): Promise<BotObserved> {
  return {
    instance: {
      state: bot.instance_state,
      generation: bot.instance_generation,
      changed_at_ms: bot.instance_at?.getTime() ?? 0,
      ...more,
    },
    link: { up: bot.link_replica !== null, last_beat_at_ms: bot.last_beat_at?.getTime() ?? null },
    started_at_ms: bot.started_at?.getTime() ?? null,
    bot_state: bot.state,
    reason: bot.reason,
    bot_detail: bot.detail,
    number: bot.number,
    attempts: bot.attempts,
    watched_since_ms: deps.watchedSinceMs,
    open_alerts: await openAlertKinds(deps.db, bot.id),
  }
}

/** Answers whether somebody else had removed what was to be replaced. */
async function take(deps: ReconcileDeps, driver: Driver, bot: Row<'bots'>, step: PlanStep, drift?: string): Promise<boolean> {
  let gone = false
  deps.metrics.reconciles.inc({ step: step.do })
  const log = deps.log.child({ bot: bot.id, tenant: bot.tenant_id, container: bot.container_name })
  switch (step.do) {
    case 'apply':
      await start(deps, driver, bot)
      break
    case 'recreate':
      log.warn({ why: step.why, detail: drift ?? bot.instance_detail }, 'the bot is started afresh')
      await inTime(driver.stop(bot.container_name))
      gone = await start(deps, driver, bot)
      break
    case 'stop':
      log.info('the bot is stopped')
      deps.memory.there.delete(bot.id)
      await inTime(driver.stop(bot.container_name))
      break
    case 'remove':
      log.info('the bot’s instance is removed; its volume stays')
      deps.memory.there.delete(bot.id)
      await inTime(driver.remove(bot.container_name))
      break
    case 'raise':
      await tell(
        deps,
        await raiseAlert(deps.db, {
          kind: step.alert,
          severity: step.severity,
          subject: bot.id,
          tenantId: bot.tenant_id,
          detail: step.detail,
        }),
      )
      return false
    case 'resolve': {
      const hint = await resolveAlert(deps.db, step.alert, bot.id)
      if (hint !== null) await tell(deps, hint)
      return false
    }
    default:
      return step satisfies never
  }
  await observe(deps, driver, bot)
  return gone
}

async function start(deps: ReconcileDeps, driver: Driver, bot: Row<'bots'>): Promise<boolean> {
  // Only what the driver confirms gone may be followed by another (rule 3); on a doubt the next pass decides.
  const { row: now } = await observe(deps, driver, bot)
  if (now.instance_state !== 'absent' && now.instance_state !== 'exited') return false
  if ((await desiredOf(deps.db, bot)) !== 'running') return false
  const spec = await deps.specOf(now)
  await noteStart(deps.db, bot.id)
  const { there, failures } = deps.memory
  const gone = driver.detached && now.instance_state === 'absent' && there.get(bot.id) === bot.server_id
  there.delete(bot.id)
  // Also when it takes longer than we wait: an image comes, or does not, after minutes.
  const made = driver.apply(spec)
  made.then(
    () => failures.delete(bot.id),
    (error: unknown) => failures.set(bot.id, { why: textOf(error), told: false }),
  )
  await inTime(made)
  return gone
}

/** A driver's instances live on without us: one that was there and is not any more, somebody else has removed. The rows say whether it is news. */
function removedByOthers({ there }: Memory, driver: Driver, before: ClaimedBot, now: InstanceReport): boolean {
  return (
    driver.detached &&
    now.state === 'absent' &&
    before.instance_state !== 'absent' &&
    desiredHere(before) === 'running' &&
    there.get(before.id) === before.server_id
  )
}

function remember({ there, failures }: Memory, bot: Pick<Row<'bots'>, 'id' | 'server_id'>, { state }: InstanceReport): void {
  if (state === 'running') there.set(bot.id, bot.server_id)
  // An engine that is away is another trouble, with an alert of its own.
  if (state === 'running' || state === 'unknown') failures.delete(bot.id)
}

function untold({ failures }: Memory, botId: string): string | null {
  const failure = failures.get(botId)
  if (failure === undefined || failure.told) return null
  failure.told = true
  return failure.why
}

/** A hint needs a transaction to travel with. */
async function tell(deps: ReconcileDeps, hint: Hint): Promise<void> {
  await deps.db.transaction().execute((trx) => deps.hints.changed(trx, hint))
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500)
