import { alertsList, alertsResolve } from './alerts/commands.ts'
import { login, logout } from './api/login.ts'
import { apiKeysCreate, apiKeysList, apiKeysRevoke } from './api-keys/commands.ts'
import { backupList, backupRestore, backupTake, backupVerify } from './backups/commands.ts'
import { botsList, botsLogout, botsRemove, botsRestart, botsShow, botsStart, botsStop, botsToken } from './bots/commands.ts'
import { logs } from './bots/logs.ts'
import { pair } from './bots/pair.ts'
import { completion } from './completion.ts'
import { conversationsList, messagesList } from './conversations/commands.ts'
import { doctor } from './doctor/command.ts'
import { flowActivate, flowOff, flowPublish, flowShow, flowValidate, flowVersions } from './flow/commands.ts'
import { flowTry } from './flow/try.ts'
import type { Section } from './help.ts'
import { hostSetup, hostUndo } from './host/commands.ts'
import { send } from './messages/send.ts'
import {
  serversAdd,
  serversChange,
  serversCordon,
  serversGiveUp,
  serversLs,
  serversOusted,
  serversRm,
  serversShow,
  serversUncordon,
} from './servers/commands.ts'
import { snapshotsList, snapshotsRestore, snapshotsTake, snapshotsVerify } from './snapshots/commands.ts'
import { snapshotsPrune } from './snapshots/prune.ts'
import { snapshotsExport, snapshotsImport } from './snapshots/transfer.ts'
import { tenantsChange, tenantsCreate, tenantsList, tenantsRemove, tenantsShow } from './tenants/commands.ts'
import { tenantsErase, tenantsRemoved } from './tenants/removed.ts'
import { up } from './up.ts'
import { webhooksDeliveries, webhooksReplay, webhooksTest } from './webhooks/deliveries.ts'
import { webhooksCreate, webhooksList, webhooksOff, webhooksOn, webhooksRemove, webhooksSecret } from './webhooks/commands.ts'

/** Every command of `zaptria`. A new one is a line here. */
export const SECTIONS: readonly Section[] = [
  { title: 'Tenants', commands: [tenantsList, tenantsShow, tenantsCreate, tenantsChange, tenantsRemove, tenantsRemoved, tenantsErase] },
  { title: 'Bots', commands: [botsList, botsShow, pair, logs, botsStart, botsStop, botsRestart, botsLogout, botsRemove, botsToken] },
  {
    title: 'Sessions',
    commands: [snapshotsList, snapshotsTake, snapshotsVerify, snapshotsRestore, snapshotsPrune, snapshotsExport, snapshotsImport],
  },
  { title: 'Messages', commands: [send, conversationsList, messagesList] },
  { title: 'Flows', commands: [flowValidate, flowTry, flowPublish, flowShow, flowVersions, flowActivate, flowOff] },
  {
    title: 'Webhooks',
    commands: [
      webhooksList,
      webhooksCreate,
      webhooksTest,
      webhooksDeliveries,
      webhooksReplay,
      webhooksOn,
      webhooksOff,
      webhooksSecret,
      webhooksRemove,
    ],
  },
  {
    title: 'Servers',
    commands: [serversLs, serversShow, serversAdd, serversChange, serversCordon, serversUncordon, serversGiveUp, serversOusted, serversRm],
  },
  { title: 'This Zaptria', commands: [alertsList, alertsResolve, apiKeysList, apiKeysCreate, apiKeysRevoke] },
  { title: 'The database', commands: [backupList, backupTake, backupVerify, backupRestore] },
  { title: 'This machine', commands: [up, doctor, hostSetup, hostUndo] },
  { title: 'This command line', commands: [login, logout, completion(() => SECTIONS.flatMap(({ commands }) => commands))] },
]
