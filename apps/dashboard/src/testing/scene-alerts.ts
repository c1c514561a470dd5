import { makeAlert, type World } from './world.ts'

/** Names as long as names get: of several words, and of one. */
export const LONG = 'Padaria, Confeitaria e Lanchonete Nossa Senhora Aparecida da Esquina da Praça Central de São José dos Campos Ltda.'
export const UNBROKEN = 'PadariaConfeitariaELanchoneteNossaSenhoraAparecidaDaEsquinaDaPraçaCentral'

const OF_THE_INSTALLATION = { tenant_id: null, tenant_name: null } as const

export function alarmed(each: World): void {
  const [tenant] = each.tenants
  if (tenant === undefined) return
  const long = { ...tenant, name: LONG }
  each.alerts = [
    makeAlert(tenant, 'bot_needs_scan'),
    makeAlert(long, 'bot_failed', 'browser_missing: /usr/lib/chromium/chromium-headless-shell --version: spawn ENOENT'),
    { ...makeAlert(tenant, 'disk_low', '150 MB left'), severity: 'warning' },
    { ...makeAlert(tenant, 'bot_restarted'), severity: 'info' },
  ]
}

/** One server is out of control, another one is gone: a person has to act on it, and a bot of a third was moved. */
export function serversAway(each: World): void {
  const [tenant] = each.tenants
  if (tenant === undefined) return
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const long = { ...tenant, name: LONG }
  const moved = (from: string, rest: string) => `from ${from} to vps-3, because ${from} fell silent; ${rest}`
  each.alerts = [
    {
      ...makeAlert(
        tenant,
        'server_silent',
        `the server vps-2 has not been heard since ${at}; start its bots elsewhere with: zaptria servers give-up vps-2`,
      ),
      ...OF_THE_INSTALLATION,
    },
    {
      ...makeAlert(
        tenant,
        'server_unreachable',
        '12 bots are on the server vps-4, which this installation cannot reach: it was not tried yet',
      ),
      ...OF_THE_INSTALLATION,
    },
    {
      ...makeAlert(
        tenant,
        'bot_moved',
        moved(
          'vps-1',
          `3 events waited in its outbox, the oldest for 4.2 s, as it said 75 s before; its session comes from the snapshot of ${at}`,
        ),
      ),
      severity: 'warning',
    },
    makeAlert(
      long,
      'bot_moved',
      moved(UNBROKEN, 'it had never said how much waits in its outbox; there is no snapshot of its session: it has to be scanned again'),
    ),
    { ...makeAlert(tenant, 'outbox_backlog', '1234 events wait in the outbox'), severity: 'warning' },
  ]
}
