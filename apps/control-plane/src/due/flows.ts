import type { IngestDeps } from '../ingest/types.ts'
import { isEventsFault } from '../ingest/index.ts'
import { Talk } from '../ingest/talk.ts'
import { runVersions, writeTalks } from '../ingest/talks.ts'
import { raiseAlert } from '../store/alerts.ts'
import type { DueRun } from '../store/flow-wakes.ts'
import { findDueRuns, lockDue } from '../store/flow-wakes.ts'
import { activeFlows, loadFlows } from '../store/flows.ts'
import { databaseNow } from '../store/volumes.ts'
import { withTenant } from '../store/with-tenant.ts'

const BATCH = 200

/**
 * Lets flow runs go on whose time has come: waits that are over, questions that got no answer. One transaction per bot. The lock on a conversation
 * keeps a run serial, whoever acts on it: this on any replica, ingest, a person.
 */
export async function wakeFlows(deps: IngestDeps): Promise<'again' | 'done'> {
  const due = await findDueRuns(deps.db, BATCH)
  const byBot = new Map<string, DueRun[]>()
  for (const run of due) byBot.set(run.bot_id, [...(byBot.get(run.bot_id) ?? []), run])
  let woken = 0
  for (const runs of byBot.values()) woken += await wakeBot(deps, runs)
  // None woken: others hold them all, and there is nothing to hurry for.
  return due.length === BATCH && woken > 0 ? 'again' : 'done'
}

/** A run that cannot be written for a fault of its own must not hold up the others, now or for ever. */
async function wakeBot(deps: IngestDeps, runs: readonly DueRun[]): Promise<number> {
  try {
    return await wakeTogether(deps, runs)
  } catch (error) {
    if (!isEventsFault(error)) throw error
  }
  for (const run of runs) {
    await wakeTogether(deps, [run]).catch((error: unknown) => {
      if (!isEventsFault(error)) throw error
      return giveUp(deps, run, error)
    })
  }
  return runs.length
}

function wakeTogether({ db, hints }: IngestDeps, runs: readonly DueRun[]): Promise<number> {
  const { tenant_id } = runs[0]!
  return withTenant(db, tenant_id, async (trx, last) => {
    const conversations = await lockDue(
      trx,
      runs.map((run) => run.id),
    )
    if (conversations.length === 0) return 0
    const nowMs = await databaseNow(trx)
    const flows = await loadFlows(trx, await activeFlows(trx, [tenant_id]), runVersions(conversations))
    const talks: Talk[] = []
    const messages = conversations.flatMap((conversation) => {
      const talk = new Talk(conversation, flows, nowMs)
      talks.push(talk)
      return talk.wake({ phone: conversation.phone, pushName: conversation.push_name })
    })
    await hints.changed(trx, await writeTalks(trx, talks, messages, last))
    return conversations.length
  })
}

function giveUp({ db, hints }: IngestDeps, run: DueRun, error: unknown): Promise<number> {
  return withTenant(db, run.tenant_id, async (trx) => {
    const row = await trx.updateTable('conversations').set({ stuck: true }).where('id', '=', run.id).returning('id').executeTakeFirst()
    if (row === undefined) return 0
    await trx.deleteFrom('flow_runs').where('conversation_id', '=', run.id).execute()
    const detail = `conversation ${run.id}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 1000)
    const alert = { kind: 'conversation_stuck', severity: 'warning', subject: run.bot_id, tenantId: run.tenant_id, detail } as const
    await hints.changed(trx, await raiseAlert(trx, alert))
    return 1
  })
}
