import type { DatabaseSync } from 'node:sqlite'

const KEEP_MS = 7 * 24 * 3600_000

export type CommandReply = { ok: true } | { ok: false; error: string }

/** Commands that were carried out, so that one that is repeated is answered again and not done again: a second logout would hit the next pairing. */
export const createCommands = (db: DatabaseSync, nowMs: () => number) => {
  const find = db.prepare('select ok, error from commands where id = ?')
  const insert = db.prepare('insert or replace into commands (id, ok, error, at) values (?, ?, ?, ?)')
  const prune = db.prepare('delete from commands where at < ?')
  return {
    find(id: string): CommandReply | null {
      const row = find.get(id)
      if (row === undefined) return null
      return row['ok'] === 1 ? { ok: true } : { ok: false, error: String(row['error']) }
    },
    note: (id: string, reply: CommandReply): void => void insert.run(id, reply.ok ? 1 : 0, reply.ok ? null : reply.error, nowMs()),
    prune: (): void => void prune.run(nowMs() - KEEP_MS),
  }
}
