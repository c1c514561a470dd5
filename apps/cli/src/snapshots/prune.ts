import { PrunedSnapshots } from '@zaptria/contract'
import { apiCommand } from '../api/command.ts'
import { confirmed, yes } from '../confirm.ts'
import { table } from '../table.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { whole } from '../values.ts'
import { sizeOf } from './find.ts'

const WHY: Record<PrunedSnapshots['snapshots'][number]['why'], string> = {
  outlived: 'newer ones stand for it',
  useless: 'of no use',
  quota: 'beyond the quota',
}

export const snapshotsPrune = apiCommand({
  name: 'snapshots prune',
  summary: 'let go of snapshots that are not wanted any more, of a tenant or of all',
  details: `The vault does this by itself every six hours, by its retention. By hand it is done now, and with --keep-last more of it: of each bot so many of its newest
stay, and none besides. What would go is shown first. The one that a bot without its volume would be given never goes, nor one that a session is to go back to.`,
  examples: ['zaptria snapshots prune --dry-run', 'zaptria snapshots prune "Padaria da Praça" --keep-last 3'],
  arguments: { tenant: { ...tenantArgument, optional: true } },
  options: {
    'keep-last': {
      kind: 'value',
      placeholder: 'N',
      summary: 'so many of each bot’s newest stay, whatever their age',
      parse: whole(1, 1000),
    },
    'dry-run': { kind: 'flag', summary: 'only show what would go' },
    yes,
  },
  run: async (api, { tenant: said, 'keep-last': keepLast, 'dry-run': dry, yes: sure }, context) => {
    const tenant = said === undefined ? undefined : (await findTenant(api, said)).id
    const body = { ...(tenant === undefined ? {} : { tenant }), ...(keepLast === undefined ? {} : { keep_last: keepLast }) }
    const first = await api.call('POST', '/snapshots/prune', PrunedSnapshots, { body: { ...body, dry_run: true } })
    const screen = context.terminal.drawn ? context.terminal.columns : Infinity
    if (first.snapshots.length === 0) return { code: 0, data: first, text: 'Nothing is to go.\n' }
    if (dry) return { code: 0, data: first, text: `${listOf(first, screen)}${totalOf(first)} would go.\n` }
    if (!sure) context.say(listOf(first, screen).trimEnd())
    await confirmed(context, sure, `Let go of ${totalOf(first)}?`)
    const pruned = await api.call('POST', '/snapshots/prune', PrunedSnapshots, { body })
    return { code: 0, data: pruned, text: `${sure ? listOf(pruned, screen) : ''}${totalOf(pruned)} pruned.\n` }
  },
})

const listOf = ({ snapshots }: PrunedSnapshots, screen: number): string =>
  table(
    ['ID', 'AT', 'SIZE', 'WHY', 'TENANT'],
    snapshots.map((one) => [one.id, one.asked_at, sizeOf(one.size_bytes), WHY[one.why], one.tenant_name || one.tenant_id]),
    screen,
  )

const totalOf = ({ snapshots, size_bytes: bytes }: PrunedSnapshots): string =>
  `${snapshots.length} ${snapshots.length === 1 ? 'snapshot' : 'snapshots'} (${sizeOf(bytes)})`
