import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** Another process holds the volume. */
export class VolumeLockedError extends Error {
  constructor(dir: string, options?: { cause: unknown }) {
    super(`The volume ${dir} is in use by another process. One bot runs on a volume at a time.`, options)
    this.name = 'VolumeLockedError'
  }
}

const SCHEMA = `
  create table meta (key text primary key, value text not null) strict, without rowid;

  -- What waits for its sink. A row is gone once the sink has it.
  create table events (
    seq integer primary key autoincrement, -- grows for ever, also when all rows are gone
    event_id text not null unique,
    epoch integer not null,
    at text not null,
    kind text not null,
    lane text not null, -- what must stay in order: a contact, a group, the states, …
    body text not null,
    due_at integer not null default 0,
    attempts integer not null default 0,
    first_tried_at integer,
    set_aside text
  ) strict;
  create index events_lane on events (lane, seq) where set_aside is null;
  create index events_kind on events (kind);

  -- Messages that were seen, whatever became of their events.
  create table seen (
    chat text not null, from_me integer not null, sender text not null, wa_id text not null, at integer not null,
    primary key (chat, from_me, sender, wa_id)
  ) strict, without rowid;
  create index seen_at on seen (at);

  create table watermarks (chat text primary key, at integer not null) strict, without rowid;

  create table sends (
    position integer primary key autoincrement,
    message_id text not null unique,
    wa_id text not null unique,
    chat_id text not null,
    alias_chat_id text,
    body text not null,
    priority integer not null,
    attempt integer not null,
    -- sent by POST /send: the control plane knows nothing of it
    local integer not null,
    state text not null check (state in ('taken', 'trying', 'handed', 'failed', 'unknown')),
    -- 1: somebody may have tried already, so the key is looked up first
    settle integer not null,
    -- the pairing under which it was tried
    pairing integer,
    tries integer not null default 0,
    reason text,
    detail text,
    taken_at integer not null,
    expires_at integer not null,
    changed_at integer not null
  ) strict;
  create index sends_open on sends (priority desc, position) where state in ('taken', 'trying');
  create index sends_changed on sends (changed_at);

  create table commands (id text primary key, ok integer not null, error text, at integer not null) strict, without rowid;
`
const SCHEMA_VERSION = 1

/**
 * What came later, in such a way that an older version of the bot, put back after a failed upgrade, can go on with the same volume: it does not
 * see these. So the version stays.
 */
const ADDED = `
  -- Files of messages that are to be brought to the control plane. A row is gone once they are there, or never will be.
  create table if not exists media (
    event_id text primary key, -- of the message: it has to be there first
    wa_id text not null,
    chat_id text not null,
    from_me integer not null,
    sender text not null,
    type text not null,
    size_bytes integer,
    sha256 text,
    failures integer not null default 0,
    gone integer not null default 0, -- how often WhatsApp did not have it
    due_at integer not null,
    noted_at integer not null
  ) strict, without rowid;
  create index if not exists media_due on media (due_at);

  -- What is to be done to messages, each with what became of it, on disk before the page is asked.
  create table if not exists changes (
    position integer primary key autoincrement,
    change_id text not null unique,
    command text not null,
    target text not null, -- changes of one message keep their order
    state text not null default 'open' check (state in ('open', 'done', 'failed')),
    reason text,
    detail text,
    expires_at integer not null,
    changed_at integer not null
  ) strict;
  create index if not exists changes_open on changes (target, position) where state = 'open';

  -- Live messages that came while older ones were still missing: they become events behind those.
  create table if not exists deferred (position integer primary key autoincrement, epoch integer not null, body text not null) strict;

  -- Which phone a LID was learnt to be: both are one lane.
  create table if not exists phones (lid text primary key, phone text not null) strict, without rowid;
`
const addColumns = (db: DatabaseSync): void => {
  const columns = new Set(
    db
      .prepare('select name from pragma_table_info(?)')
      .all('sends')
      .map((row) => row['name']),
  )
  // The file, or the location, contacts or poll, to send, as the command names it.
  if (!columns.has('file')) db.exec('alter table sends add column file text')
  // The message that it answers. An older version sends it without.
  if (!columns.has('quoted')) db.exec('alter table sends add column quoted text')
  // What POST /send was given under an Idempotency-Key: the body itself goes once it was sent.
  if (!columns.has('body_hash')) db.exec('alter table sends add column body_hash text')
  // WhatsApp's servers have it: nothing can be lost with the page any more. Of what was sent before this was noted, that is taken for granted.
  if (!columns.has('acked')) {
    db.exec('alter table sends add column acked integer not null default 1')
    db.exec(`create index sends_unacked on sends (changed_at) where state = 'handed' and acked = 0`)
  }
}

// SQLite's primary result codes.
const BUSY = 5
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const NOT_A_DATABASE = 26
const resultCode = (error: unknown): number | null => (error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : null)

/** True for SQLite's "the disk is full", and for the I/O errors that a full disk shows itself as. */
export const isDiskFull = (error: unknown): boolean => [FULL, IO_ERROR].includes(resultCode(error) ?? 0)

const open = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: 100 })
  try {
    db.exec('pragma locking_mode = EXCLUSIVE')
    db.exec('pragma auto_vacuum = INCREMENTAL')
    db.exec('pragma journal_mode = WAL')
    // A power cut must not take an event that a watermark has passed already.
    db.exec('pragma synchronous = FULL')
    db.exec('begin immediate')
    const version = Number(db.prepare('pragma user_version').get()?.['user_version'] ?? 0)
    if (version > SCHEMA_VERSION) throw new Error(`The volume was written by a newer version of the bot (${version} > ${SCHEMA_VERSION}).`)
    if (version === 0) db.exec(SCHEMA)
    db.exec(ADDED)
    addColumns(db)
    db.exec(`pragma user_version = ${SCHEMA_VERSION}`)
    db.exec('commit')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Opens the volume's database and keeps it locked until it is closed: `locking_mode=EXCLUSIVE` is the volume's lock, the kernel releases
 * it when the process dies. Throws a VolumeLockedError when somebody else holds it. A damaged file is put beside, for a person to look at,
 * and a fresh one is begun: the session goes on, what was missed is caught up with.
 */
export const openDatabase = (dir: string, onDamaged: (keptAs: string) => void = () => {}): DatabaseSync => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = join(dir, 'outbox.db')
  try {
    return open(file)
  } catch (error) {
    if (resultCode(error) === BUSY) throw new VolumeLockedError(dir, { cause: error })
    if (resultCode(error) !== CORRUPT && resultCode(error) !== NOT_A_DATABASE) throw error
    const keptAs = `${file}.damaged-${Date.now()}`
    renameSync(file, keptAs)
    // Pages of the old file must not find their way into the new one.
    for (const suffix of ['-wal', '-journal']) if (existsSync(file + suffix)) renameSync(file + suffix, keptAs + suffix)
    onDamaged(keptAs)
    return open(file)
  }
}

/** As openDatabase, but waits for the lock: a bot that is being replaced needs some seconds to leave. */
export const waitForDatabase = async (
  dir: string,
  options: { patienceMs: number; signal: AbortSignal; onWait: () => void; onDamaged?: (keptAs: string) => void },
): Promise<DatabaseSync> => {
  const deadline = performance.now() + options.patienceMs
  for (let tries = 0; ; tries += 1) {
    try {
      return openDatabase(dir, options.onDamaged)
    } catch (error) {
      if (!(error instanceof VolumeLockedError) || performance.now() > deadline) throw error
      if (tries === 0) options.onWait()
      await sleep(200, undefined, { signal: options.signal })
    }
  }
}

/** Runs `work` in one transaction; what it throws rolls all of it back. */
export const transaction = <T>(db: DatabaseSync, work: () => T): T => {
  db.exec('begin immediate')
  try {
    const result = work()
    db.exec('commit')
    return result
  } catch (error) {
    // A full disk may have rolled back by itself already.
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
