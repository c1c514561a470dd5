import { Backup, BackupList, BackupLook } from '@zaptria/contract'
import type { BackupTarget } from '@zaptria/contract'
import { command } from '../command.ts'
import type { Argument } from '../command.ts'
import { confirmed, yes } from '../confirm.ts'
import { table } from '../table.ts'
import { askProgram } from './program.ts'

/** What the first lines of help are about. */
const WHERE = `Runs where the control plane does, with its settings (ZAPTRIA_MASTER_KEY, ZAPTRIA_DATA_DIR, ZAPTRIA_VAULT_…), which need not run itself.`

const which = { summary: 'its id; without it the newest one', parse: String, optional: true } as const satisfies Argument<string>

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const sizeOf = ({ parts }: Backup): number => parts.reduce((sum, { size_bytes }) => sum + size_bytes, 0)

export const backupList = command({
  name: 'backup list',
  summary: 'the backups of the database, newest first',
  details: WHERE,
  options: {},
  run: async (_, { terminal, signal }) => {
    const list = await askProgram({ do: 'list' }, BackupList, signal)
    const rows = [
      ...list.items.map((one) => [
        one.id,
        one.taken_at,
        megabytes(sizeOf(one)),
        String(one.tenants ?? '-'),
        one.zaptria_version,
        one.postgres_version,
      ]),
      ...list.damaged.map((id) => [id, '-', '-', '-', '-', 'damaged: its manifest cannot be believed']),
    ]
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text =
      rows.length === 0
        ? `No backups in ${list.where}.\n`
        : table(['ID', 'TAKEN AT', 'SIZE', 'TENANTS', 'ZAPTRIA', 'POSTGRESQL'], rows, screen)
    return { code: 0, data: list, text }
  },
})

export const backupTake = command({
  name: 'backup take',
  summary: 'back the database up now',
  details: `${WHERE} The database is the one of DATABASE_URL.`,
  options: {},
  run: async (_, { signal }) => {
    const taken = await askProgram({ do: 'take' }, Backup, signal)
    return { code: 0, data: taken, text: `${taken.id}  whole, ${megabytes(sizeOf(taken))}\n` }
  },
})

export const backupVerify = command({
  name: 'backup verify',
  summary: 'read every byte of a backup, and open its seal',
  details: WHERE,
  arguments: { backup: which },
  options: {},
  run: async ({ backup = 'latest' }, { signal }) => {
    const found = await askProgram({ do: 'verify', backup }, Backup, signal)
    return { code: 0, data: found, text: `${found.id}  whole, ${megabytes(sizeOf(found))}\n` }
  },
})

export const backupRestore = command({
  name: 'backup restore',
  summary: 'put a backup into a database',
  details: `${WHERE} The control plane must not run on that database meanwhile. All of the backup is read and compared before anything changes, and
it goes in in one transaction: when it fails, everything is as it was. A database that is not empty takes --replace, and loses what is in it.`,
  examples: [
    'zaptria backup restore latest --into postgresql://zaptria:…@127.0.0.1:5432/zaptria',
    'zaptria backup restore 20261130T050000Z-1a2b3c4d --replace',
  ],
  arguments: { backup: { summary: 'its id, or latest', parse: String } },
  options: {
    into: { kind: 'value', placeholder: 'URL', summary: 'the database (default: the one of DATABASE_URL)', parse: String },
    replace: { kind: 'flag', summary: 'also into a database that is not empty: what is in it goes' },
    yes,
  },
  run: async ({ backup: said, into, replace, yes: sure }, context) => {
    const where = into === undefined ? {} : { into }
    const { backup, target } = await askProgram({ do: 'look', backup: said, ...where }, BackupLook, context.signal)
    const question = `Put the backup of ${backup.taken_at} into ${target.database} (${target.server})? ${whatGoes(target)}`
    // What is not allowed is not asked: the program says so.
    if (target.empty || replace) await confirmed(context, sure || target.empty, question)
    await askProgram({ do: 'restore', backup: backup.id, ...where, replace }, Backup, context.signal)
    context.say(`${target.database} is what it was at ${backup.taken_at}. What came after that is not in it.`)
    return { code: 0, data: backup }
  },
})

/** What will be lost. */
function whatGoes({ empty, tables, tenants, messages, last_message_at: last }: BackupTarget): string {
  if (empty) return 'It is empty: nothing is lost.'
  if (tenants === null) return `All that is in its ${tables} tables is lost.`
  const until = last === null ? '' : `, the last of ${last}`
  return `All that is in it is lost: ${counted(tenants, 'tenant')}, ${counted(messages ?? 0, 'message')}${until}.`
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
