import { setTimeout as delay } from 'node:timers/promises'
import { page, Snapshot, SnapshotCheck } from '@zaptria/contract'
import { unlessAway } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import { UsageError } from '../command.ts'
import { confirmed, yes } from '../confirm.ts'
import { table } from '../table.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { whole } from '../values.ts'
import { findSnapshot, MOST, sizeOf, snapshotArgument } from './find.ts'
import { outcome } from './outcome.ts'
import { everyTenant, lineOf, verifyAll } from './verify-all.ts'

const EVERY_MS = 500

export const snapshotsList = apiCommand({
  name: 'snapshots list',
  summary: 'the copies of a bot’s session, newest first, and what became of them',
  arguments: { tenant: tenantArgument },
  options: { limit: { kind: 'value', placeholder: 'N', summary: `so many (default 20, at most ${MOST})`, parse: whole(1, MOST) } },
  run: async (api, { tenant, limit = 20 }, { terminal }) => {
    const { id } = await findTenant(api, tenant)
    const { items } = await api.call('GET', `/tenants/${id}/bot/snapshots`, page(Snapshot), { query: { limit } })
    const rows = items.map((one) => [one.id, one.asked_at, one.cause, sizeOf(one.size_bytes), outcome(one)])
    const screen = terminal.drawn ? terminal.columns : Infinity
    return {
      code: 0,
      data: items,
      text: rows.length === 0 ? 'No snapshots.\n' : table(['ID', 'AT', 'CAUSE', 'SIZE', 'STATE'], rows, screen),
    }
  },
})

export const snapshotsTake = apiCommand({
  name: 'snapshots take',
  summary: 'copy a bot’s session now',
  examples: ['zaptria snapshots take "Padaria da Praça" --wait 60'],
  arguments: { tenant: tenantArgument },
  options: {
    wait: {
      kind: 'value',
      placeholder: 'SECONDS',
      summary: 'wait for so long until it is stored, and fail if it is not',
      parse: whole(1, 3_600),
    },
  },
  run: async (api, { tenant, wait }, { signal }) => {
    const { id } = await findTenant(api, tenant)
    const path = `/tenants/${id}/bot/snapshots`
    let snapshot = await api.call('POST', path, Snapshot)
    const until = performance.now() + (wait ?? 0) * 1_000
    const isUnderWay = (): boolean => snapshot.state === 'asked' || snapshot.state === 'coming'
    while (isUnderWay() && performance.now() < until) {
      await delay(EVERY_MS, undefined, { signal })
      const list = await unlessAway(() => api.call('GET', path, page(Snapshot), { query: { limit: MOST } }))
      snapshot = list?.items.find((one) => one.id === snapshot.id) ?? snapshot
    }
    return {
      code: wait === undefined || snapshot.state === 'stored' ? 0 : 1,
      data: snapshot,
      text: `${snapshot.id}  ${outcome(snapshot)}\n`,
    }
  },
})

export const snapshotsVerify = apiCommand({
  name: 'snapshots verify',
  summary: 'read every byte of a snapshot, or of all of them, out of the vault',
  details: 'What is damaged is void from then on, and one that was void for its damage and is whole again can be opened.',
  examples: [
    'zaptria snapshots verify "Padaria da Praça"',
    'zaptria snapshots verify "Padaria da Praça" --all',
    'zaptria snapshots verify --all',
  ],
  arguments: { tenant: { ...tenantArgument, optional: true }, snapshot: snapshotArgument },
  options: { all: { kind: 'flag', summary: 'all that are stored: of this tenant, or, without one, of every tenant' } },
  run: async (api, { tenant, snapshot: said, all }, { say }) => {
    if (all && said !== undefined) throw new UsageError('--all means all of them: leave the snapshot out.')
    if (all) return verifyAll(api, tenant === undefined ? await everyTenant(api) : [await findTenant(api, tenant)], say)
    if (tenant === undefined) throw new UsageError('TENANT is missing: zaptria snapshots verify TENANT, or --all.')
    const { path, snapshot } = await findSnapshot(api, tenant, said)
    const check = await api.call('POST', `${path}/verify`, SnapshotCheck)
    return { code: check.ok ? 0 : 1, data: { id: snapshot.id, ...check }, text: lineOf(snapshot.id, check) }
  },
})

export const snapshotsRestore = apiCommand({
  name: 'snapshots restore',
  summary: 'go back to a snapshot of a bot’s session',
  details:
    'For a session that does not work any more: the bot restarts with it as it was then. What WhatsApp has agreed with it since is lost, so that a new scan may be needed. Messages are not lost.',
  arguments: { tenant: tenantArgument, snapshot: snapshotArgument },
  options: { yes },
  run: async (api, { tenant, snapshot: said, yes: sure }, context) => {
    const { name, path, snapshot } = await findSnapshot(api, tenant, said)
    await confirmed(
      context,
      sure,
      `Take ${name} back to its session of ${snapshot.asked_at}? It restarts, and may have to be linked again.`,
    )
    const asked = await api.call('POST', `${path}/restore`, Snapshot)
    context.say(`${name}: the bot restarts with its session of ${snapshot.asked_at}.`)
    return { code: 0, data: asked }
  },
})
