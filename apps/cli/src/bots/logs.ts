import { setTimeout as delay } from 'node:timers/promises'
import { LogLine } from '@zaptria/contract'
import { parseLogLine } from '@zaptria/core'
import { z } from 'zod'
import { unlessAway } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import { printable } from '../table.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { whole } from '../values.ts'
import { newLines } from './new-lines.ts'

const EVERY_MS = 1_000
/** The most that one look shows. */
const MOST = 2_000

export const logs = apiCommand({
  name: 'logs',
  summary: 'what a bot writes into its log',
  details: 'With --json each line is a JSON document of its own.',
  examples: ['zaptria logs "Padaria da Praça" -f', 'zaptria logs 01a2284d-fed9-7000-b487-c2893f357b77 --tail 1000 | grep warn'],
  arguments: { tenant: tenantArgument },
  options: {
    follow: { kind: 'flag', short: 'f', summary: 'go on with what comes, until Ctrl-C' },
    tail: { kind: 'value', placeholder: 'N', summary: `so many of the last lines (default 200, at most ${MOST})`, parse: whole(1, MOST) },
  },
  run: async (api, { tenant, follow, tail = 200 }, { print, json, signal }) => {
    const { id } = await findTenant(api, tenant)
    const look = async (lines: number): Promise<LogLine[]> =>
      (await api.call('GET', `/tenants/${id}/bot/logs`, z.object({ items: z.array(LogLine) }), { query: { tail: lines } })).items
    const tell = (lines: readonly LogLine[]): void =>
      print(lines.map((line) => (json ? `${JSON.stringify(line)}\n` : textOf(line))).join(''))
    let seen = await look(follow ? MOST : tail)
    tell(seen.slice(-tail))
    while (follow && !signal.aborted) {
      await delay(EVERY_MS, undefined, { signal }).catch(() => {})
      if (signal.aborted) break
      const now = await unlessAway(() => look(MOST))
      if (now === null) continue
      tell(newLines(seen, now))
      seen = now
    }
    return { code: 0, data: undefined }
  },
})

/** As people read it: what the bot writes is JSON. */
export function textOf(line: LogLine): string {
  const { at, level, message, rest } = parseLogLine(line)
  // Who it is of has been asked for.
  const facts = rest.replace(/(^| )tenant=\S+/, '').trim()
  const words = [at?.toISOString() ?? '', level === null ? '' : level.padEnd(5), message, facts].filter((word) => word !== '')
  return `${printable(words.join('  '))}\n`
}
