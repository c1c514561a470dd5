import type { Hint, WebhookAttempt, WebhookDisabledReason } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Hints } from '../../live/hints.ts'
import { raiseAlert } from '../../store/alerts.ts'
import type { Db } from '../../store/db.ts'
import type { Trx } from '../../store/tables.ts'
import type { Outcome } from './post.ts'
import { GIVE_UP_AFTER_MS, restMs, retryInMs } from './schedule.ts'
import type { Taken } from './take.ts'

export type Ended = { taken: Taken; outcome: Outcome }
export type SettleDeps = { db: Db; hints: Pick<Hints, 'changed'>; random: () => number }

/** So many attempts of a delivery are kept: more than the schedule has. */
const KEPT_ATTEMPTS = 20
/** Its endpoint rests as long at least, unless others succeeded there in the same moment. */
const UNREACHED_MS = 5_000

/** Writes down how attempts ended, many in one statement, and what they say of their endpoints. */
export async function settleDeliveries({ db, hints, random }: SettleDeps, ended: readonly Ended[]): Promise<void> {
  if (ended.length === 0) return
  await db.transaction().execute(async (trx) => {
    // Endpoints before deliveries, in one order, as everybody who locks both: also who deletes one.
    const endpoints = await lockEndpoints(trx, ended)
    await writeOutcomes(trx, ended, random)
    const told: Hint[] = []
    for (const endpoint of endpoints) told.push(...(await judge(trx, endpoint, ended)))
    await hints.changed(trx, told)
  })
}

type Endpoint = { id: string; tenant_id: string; url: string; failures: number; failing_ms: number; failing: boolean }

/** Those of which there is something to say: the many that take everything are not touched. */
async function lockEndpoints(trx: Trx, ended: readonly Ended[]): Promise<Endpoint[]> {
  const ids = new Set(ended.filter(({ taken, outcome }) => taken.failing || isFailure(outcome)).map(({ taken }) => taken.endpoint_id))
  if (ids.size === 0) return []
  const { rows } = await sql<Endpoint>`
    select id, tenant_id, url, failures, failing_since is not null as failing,
      coalesce(extract(epoch from now() - failing_since), 0)::float8 * 1000 as failing_ms
    from webhook_endpoints where id = any(${[...ids]}::uuid[]) and enabled order by id for no key update`.execute(trx)
  return rows
}

/** An attempt whose lease ran out, and that somebody else has begun anew, has nothing more to say. */
async function writeOutcomes(trx: Trx, ended: readonly Ended[], random: () => number): Promise<void> {
  const rows = ended.map(({ taken, outcome }) => ({ id: taken.id, attempt: taken.attempt, ...next(taken, outcome, random) }))
  // Locked in the order of ids first, as whoever merges conversations does.
  await sql`
    with ours as materialized (
      select id from webhook_deliveries where id = any(${rows.map(({ id }) => id)}::bigint[]) order by id for update
    )
    update webhook_deliveries d set status = s.status, taken_at = null, attempt = d.attempt - case when s.counts then 0 else 1 end,
      due_at = now() + make_interval(secs => s.in_ms / 1000), settled_at = case when s.status <> 'pending' then now() end,
      attempts = case when s.tried is null then d.attempts
        else case when jsonb_array_length(d.attempts) >= ${KEPT_ATTEMPTS} then d.attempts - 0 else d.attempts end || s.tried end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s(id bigint, attempt int, status text, in_ms float8, counts bool, tried jsonb)
    join ours on ours.id = s.id
    where d.id = ours.id and d.attempt = s.attempt and d.status = 'pending' and d.taken_at is not null`.execute(trx)
}

type Next = { status: 'pending' | 'succeeded' | 'failed'; in_ms: number; counts: boolean; tried: WebhookAttempt | null }

function next({ attempt }: Taken, outcome: Outcome, random: () => number): Next {
  const { status, duration_ms, error, response } = outcome
  const tried = { at: new Date(Date.now() - duration_ms).toISOString(), status, duration_ms, error, response }
  switch (outcome.kind) {
    case 'stopped':
      return { status: 'pending', in_ms: 0, counts: false, tried: null }
    case 'unreached':
      return { status: 'pending', in_ms: UNREACHED_MS, counts: false, tried }
    case 'succeeded':
      return { status: 'succeeded', in_ms: 0, counts: true, tried }
    case 'failed':
    case 'unmade': {
      const in_ms = retryInMs({ attempt, outcome, random })
      return { status: in_ms === null ? 'failed' : 'pending', in_ms: in_ms ?? 0, counts: true, tried }
    }
    default:
      return outcome.kind satisfies never
  }
}

const isFailure = ({ kind }: Outcome): boolean => kind === 'failed' || kind === 'unreached'

/** What its attempts say of an endpoint. Those at an address that it no longer has say nothing. */
async function judge(trx: Trx, endpoint: Endpoint, ended: readonly Ended[]): Promise<Hint[]> {
  const outcomes = ended
    .filter(
      ({ taken, outcome }) =>
        taken.endpoint_id === endpoint.id && taken.url === endpoint.url && (outcome.kind === 'succeeded' || isFailure(outcome)),
    )
    .map(({ outcome }) => outcome)
  const lastSuccess = outcomes.findLastIndex(({ kind }) => kind === 'succeeded')
  const since = outcomes.slice(lastSuccess + 1)
  const [last] = since.slice(-1)
  const recovered = lastSuccess >= 0
  if (!recovered && last === undefined) return []
  const failures = since.length + (recovered ? 0 : endpoint.failures)
  const failingMs = recovered ? 0 : endpoint.failing_ms
  const rest = last === undefined ? 0 : restMs({ failures, failingMs, outcome: last })
  const reason: WebhookDisabledReason | null = since.some(({ status }) => status === 410)
    ? 'gone'
    : failingMs >= GIVE_UP_AFTER_MS
      ? 'failing'
      : null
  await sql`
    update webhook_endpoints set failures = ${failures}::int,
      failing_since = case when ${failures}::int = 0 then null when ${recovered} then now() else coalesce(failing_since, now()) end,
      resumes_at = greatest(case when ${recovered} then null else resumes_at end,
        case when ${rest}::float8 > 0 then now() + make_interval(secs => ${rest}::float8 / 1000) end),
      enabled = ${reason === null}, disabled_reason = ${reason}, disabled_at = case when ${reason === null} then null else now() end,
      version = version + 1
    where id = ${endpoint.id}`.execute(trx)
  const { tenant_id } = endpoint
  const told: Hint[] = endpoint.failing === failures > 0 && reason === null ? [] : [webhookHint(tenant_id)]
  if (reason === null) return told
  const why =
    reason === 'gone' ? 'it answered 410 Gone' : `nothing has succeeded for ${Math.floor(failingMs / 86_400_000)} days: ${last?.error}`
  const alert = { subject: endpoint.id, tenantId: tenant_id, detail: `${new URL(endpoint.url).host}: ${why}` }
  return [...told, await raiseAlert(trx, { kind: 'webhook_disabled', severity: 'warning', ...alert })]
}

export const webhookHint = (tenantId: string): Hint => ({ noun: 'webhook', id: tenantId, tenant_id: tenantId, version: String(Date.now()) })
