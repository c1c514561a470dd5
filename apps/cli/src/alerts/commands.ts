import { Alert } from '@zaptria/contract'
import { z } from 'zod'
import { apiCommand } from '../api/command.ts'
import { UsageError } from '../command.ts'
import { table } from '../table.ts'

export const alertsList = apiCommand({
  name: 'alerts list',
  summary: 'what needs somebody, newest first',
  details: 'What is open, unless something else is asked for.',
  examples: ['zaptria alerts list', "zaptria alerts list --json | jq -r '.[].kind'"],
  options: {
    resolved: { kind: 'flag', summary: 'what is over, instead' },
    all: { kind: 'flag', summary: 'what is open and what is over' },
  },
  run: async (api, { resolved, all }, { terminal }) => {
    if (resolved && all) throw new UsageError('--resolved and --all say different things: give one of them.')
    const alerts = await api.list('/alerts', Alert, all ? {} : { open: resolved ? 'false' : 'true' })
    const rows = alerts.map(({ id, severity, raised_at: since, count, kind, tenant_name: tenant, detail, resolved_at: over }) => [
      id,
      over === null ? severity : 'resolved',
      since,
      String(count),
      kind,
      [tenant, detail].filter((one) => one !== null).join(': '),
    ])
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text = rows.length === 0 ? 'No alerts.\n' : table(['ID', 'SEVERITY', 'SINCE', 'COUNT', 'KIND', 'ABOUT'], rows, screen)
    return { code: 0, data: alerts, text }
  },
})

export const alertsResolve = apiCommand({
  name: 'alerts resolve',
  summary: 'say that an alert is dealt with; what is still wrong raises it again',
  examples: ['zaptria alerts resolve 0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a08'],
  arguments: { alert: { summary: 'its id', parse: readId } },
  options: {},
  run: async (api, { alert: id }, { say }) => {
    const alert = await api.call('POST', `/alerts/${id}/resolve`, Alert)
    say(`${alert.kind}${alert.tenant_name === null ? '' : ` of ${alert.tenant_name}`} is resolved.`)
    return { code: 0, data: alert }
  },
})

function readId(text: string): string {
  if (!z.uuid().safeParse(text).success) throw new Error('an id is needed; they are in: zaptria alerts list --all')
  return text
}
