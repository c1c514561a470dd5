import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { ChangeCommand, FailureReason } from '@zaptria/contract'

const KEEP_MS = 7 * 24 * 3600_000

export type ChangeState = 'open' | 'done' | 'failed'
export type Change = {
  command: ChangeCommand
  state: ChangeState
  reason: FailureReason | null
  detail: string | null
  expiresAtMs: number
}

const toChange = (row: Record<string, SQLOutputValue>): Change => ({
  // Written by take alone, out of a command.
  command: JSON.parse(String(row['command'])) as ChangeCommand,
  state: row['state'] as ChangeState,
  reason: row['reason'] as FailureReason | null,
  detail: row['detail'] === null ? null : String(row['detail']),
  expiresAtMs: Number(row['expires_at']),
})

/** What is to be done to messages: on disk before it is tried, so that a process that dies leaves it to the next. Each may be tried again. */
export const createChanges = (db: DatabaseSync, nowMs: () => number) => {
  const byId = db.prepare('select * from changes where change_id = ?')
  const insert = db.prepare('insert into changes (change_id, command, target, expires_at, changed_at) values (?, ?, ?, ?, ?)')
  const heads = db.prepare(
    `select * from changes where position in (select min(position) from changes where state = 'open' group by target) order by position limit ?`,
  )
  const finish = db.prepare('update changes set state = ?, reason = ?, detail = ?, changed_at = ? where change_id = ?')
  const prune = db.prepare(`delete from changes where state <> 'open' and changed_at < ?`)
  return {
    get(changeId: string): Change | null {
      const row = byId.get(changeId)
      return row === undefined ? null : toChange(row)
    },
    take(command: ChangeCommand): void {
      const { wa_id, chat_id, from_me } = command.target
      const now = nowMs()
      insert.run(command.change_id, JSON.stringify(command), `${from_me}_${chat_id}_${wa_id}`, now + command.expires_in_ms, now)
    },
    /** The next of each message, oldest first. */
    heads: (limit: number): Change[] => heads.all(limit).map(toChange),
    finish: (changeId: string, state: 'done' | 'failed', reason: FailureReason | null, detail: string | null): void =>
      void finish.run(state, reason, detail, nowMs(), changeId),
    prune: (): void => void prune.run(nowMs() - KEEP_MS),
  }
}
export type Changes = ReturnType<typeof createChanges>
