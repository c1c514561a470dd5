export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** A line of a process's log, taken apart. What is no JSON of pino's is a message alone. */
export type ParsedLogLine = { at: Date | null; level: LogLevel | null; message: string; rest: string }

/** pino's numbers. https://getpino.io/#/docs/api?id=loggerlevel-string-gettersetter */
function levelOf(level: unknown): LogLevel | null {
  if (typeof level === 'string') return ['trace', 'debug', 'info', 'warn', 'error'].find((each) => each === level) as LogLevel | null
  if (typeof level !== 'number') return null
  if (level >= 50) return 'error'
  if (level >= 40) return 'warn'
  if (level >= 30) return 'info'
  return level >= 20 ? 'debug' : 'trace'
}

export function parseLogLine({ at, line }: { at: string | null; line: string }): ParsedLogLine {
  const shown = at === null ? null : new Date(at)
  const json = parseObject(line)
  if (json === null) return { at: shown, level: null, message: line, rest: '' }
  const { level, time, msg, ...rest } = json
  const written = typeof time === 'number' || typeof time === 'string' ? new Date(time) : null
  return {
    at: written !== null && !Number.isNaN(written.getTime()) ? written : shown,
    level: levelOf(level),
    message: typeof msg === 'string' ? msg : '',
    rest: Object.entries(rest)
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(' '),
  }
}

function parseObject(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    const json: unknown = JSON.parse(line)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null
  } catch {
    return null
  }
}
