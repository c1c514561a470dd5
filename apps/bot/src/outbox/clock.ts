import { readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

/** What nobody sets: how long this machine has been running, and which of its runs that is. Null where that cannot be told. */
export type Machine = { bootId: string | null; upMs: () => number }

/** Linux's own. CLOCK_MONOTONIC is the same for all processes of a machine, in containers too. */
export function thisMachine(): Machine {
  const upMs = (): number => Number(process.hrtime.bigint() / 1_000_000n)
  try {
    return { bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), upMs }
  } catch {
    return { bootId: null, upMs }
  }
}

const Kept = z.object({ bootId: z.string(), upMs: z.number(), nowMs: z.number() })

/**
 * Milliseconds that grow as time goes by, across restarts of this process, whatever is done to the wall clock: what waits neither expires nor is
 * held back because somebody set it. It begins as the wall clock, and anew after the machine was booted, or the volume moved to another one.
 */
export function createSteadyClock(db: DatabaseSync, wallMs: () => number, { bootId, upMs }: Machine = thisMachine()): () => number {
  const kept = keptIn(db)
  const sameRun = kept !== null && kept.bootId === bootId
  const begun = { upMs: upMs(), nowMs: sameRun ? kept.nowMs + upMs() - kept.upMs : wallMs() }
  if (bootId !== null && !sameRun)
    db.prepare(`insert into meta (key, value) values ('clock', ?) on conflict (key) do update set value = excluded.value`).run(
      JSON.stringify({ bootId, ...begun }),
    )
  return () => Math.floor(begun.nowMs + upMs() - begun.upMs)
}

function keptIn(db: DatabaseSync): z.infer<typeof Kept> | null {
  const text = db.prepare(`select value from meta where key = 'clock'`).get()?.['value']
  try {
    return Kept.safeParse(JSON.parse(String(text))).data ?? null
  } catch {
    return null
  }
}
