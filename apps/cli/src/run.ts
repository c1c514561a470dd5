import type { Command, Context, ExitCode, Terminal } from './command.ts'
import { Problem, UsageError } from './command.ts'
import { commandHelp, tableHelp, usage } from './help.ts'
import type { Section } from './help.ts'
import { VERSION } from './version.ts'

export type Surroundings = { out: (text: string) => void; err: (text: string) => void; signal: AbortSignal; terminal: Terminal }

/** Runs what the arguments say and returns the exit code: 0 all is well, 1 something is wrong, 2 not understood. */
export async function run(sections: readonly Section[], argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  const { out, err, signal, terminal } = around
  const end = argv.indexOf('--')
  const json = (end === -1 ? argv : argv.slice(0, end)).includes('--json')
  if (argv.includes('--version') && argv.every((arg) => arg === '--version' || arg === '--json')) {
    out(json ? `${JSON.stringify({ version: VERSION }, null, 2)}\n` : `zaptria ${VERSION}\n`)
    return 0
  }
  try {
    const [found, rest] = choose(
      sections.flatMap(({ commands }) => commands),
      argv,
    )
    if (found === undefined) {
      out(tableHelp(sections))
      return argv.length === 0 ? 2 : 0
    }
    if (Array.isArray(found)) {
      out(tableHelp([{ commands: found }]))
      // As for all of them: who says no more than that has asked for nothing yet.
      return argv.length === 1 ? 2 : 0
    }
    const { help, given } = read(found, rest)
    if (help) {
      out(commandHelp(found))
      return 0
    }
    const context: Context = { say: (line) => (json ? undefined : out(`${line}\n`)), print: out, json, terminal, signal }
    const { code, data, text } = await found.run(given, context)
    if (json && data !== undefined) out(`${JSON.stringify(data, null, 2)}\n`)
    else if (!json && text !== undefined) out(text)
    return code
  } catch (error) {
    if (signal.aborted) {
      if (!json) err('Stopped.\n')
      return 1
    }
    const wrongly = error instanceof UsageError
    if (!wrongly && !(error instanceof Problem)) throw error
    const hint = error instanceof Problem ? error.hint : undefined
    if (json) out(`${JSON.stringify({ error: error.message, ...(hint === undefined ? {} : { hint }) }, null, 2)}\n`)
    else err(`${error.message}\n${hint === undefined ? '' : `${hint}\n`}`)
    return wrongly ? 2 : 1
  }
}

/** The command with the longest name that the arguments begin with; several when they only name a family, or ask for help about it; none when about all. */
function choose(commands: readonly Command[], argv: readonly string[]): [Command | Command[] | undefined, string[]] {
  const firstOption = argv.findIndex((arg) => arg.startsWith('-'))
  const words = firstOption === -1 ? [...argv] : argv.slice(0, firstOption)
  if (words[0] === 'help') return choose(commands, [...words.slice(1), '--help'])
  for (let length = words.length; length > 0; length--) {
    const found = commands.find(({ name }) => name === words.slice(0, length).join(' '))
    if (found !== undefined) return [found, argv.slice(length)]
  }
  const first = argv[0]
  if (words.length === 0 && (first === undefined || first === '--help' || first === '-h')) return [undefined, []]
  if (words.length === 0) throw new UsageError(`The command comes first, then its options. ${names(commands)}`)
  const family = commands.filter(({ name }) => name.startsWith(`${words[0]} `))
  if (family.length > 0 && words.length === 1 && (argv.length === 1 || argv[1] === '--help' || argv[1] === '-h')) return [family, []]
  const meant = family.length > 0 ? [] : nearest(words.slice(0, 3).join(' '), commands)
  throw new UsageError(
    `There is no command ${JSON.stringify(words.join(' '))}. ${meant.length > 0 ? `Did you mean: ${meant.join(', ')}? More: zaptria --help` : names(family.length > 0 ? family : commands)}`,
  )
}

/** More are for the help, not for a line. */
const MOST_NAMES = 12
/** So many letters may be wrong. */
const TYPOS = 2

/** The commands that somebody may have meant: a typo or two away, the arguments behind it aside. */
function nearest(said: string, commands: readonly Command[]): string[] {
  const words = said.split(' ')
  const distances = commands.map(({ name }) => {
    const given = words.slice(0, name.split(' ').length).join(' ')
    return { name, distance: levenshtein(given, name) }
  })
  const least = Math.min(...distances.map(({ distance }) => distance))
  return least > TYPOS ? [] : distances.filter(({ distance }) => distance === least).map(({ name }) => name)
}

function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

function names(commands: readonly Command[]): string {
  if (commands.length > MOST_NAMES) return 'All commands: zaptria --help'
  return `There are: ${commands.map(({ name }) => name).join(', ')}. More: zaptria --help`
}

function read(command: Command, args: readonly string[]): { help: boolean; given: Record<string, unknown> } {
  const { name, options } = command
  const help = `See: zaptria ${name} --help`
  const expected = Object.entries(command.arguments ?? {})
  const given: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(options))
    given[key] = option.kind === 'flag' ? false : option.kind === 'values' ? [] : undefined
  let place = 0
  const takeWord = (word: string): void => {
    const next = expected[place++]
    if (next === undefined) throw new UsageError(`${JSON.stringify(word)} is one word too many. ${help}`)
    given[next[0]] = parse(next[0].toUpperCase(), next[1], word)
  }
  let onlyWords = false
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!
    if (onlyWords) {
      takeWord(arg)
      continue
    }
    if (arg === '--help' || arg === '-h') return { help: true, given }
    if (arg === '--json') continue
    if (arg === '--') {
      onlyWords = true
      continue
    }
    const short = /^-[a-z]$/.test(arg) ? Object.keys(options).find((one) => options[one]?.short === arg[1]) : undefined
    if (!arg.startsWith('--') && short === undefined) {
      takeWord(arg)
      continue
    }
    const equals = arg.indexOf('=')
    const key = short ?? (equals === -1 ? arg.slice(2) : arg.slice(2, equals))
    const option = Object.hasOwn(options, key) ? options[key] : undefined
    if (option === undefined) throw new UsageError(`There is no option --${key} of "zaptria ${name}". ${help}`)
    if (option.kind === 'flag') {
      if (equals !== -1) throw new UsageError(`--${key} takes no value. ${help}`)
      given[key] = true
      continue
    }
    const text = equals === -1 ? args[++index] : arg.slice(equals + 1)
    if (text === undefined || (equals === -1 && text.startsWith('--')))
      throw new UsageError(`--${key} needs a value: --${key} ${option.placeholder}. ${help}`)
    const value = parse(`--${key}`, option, text)
    if (option.kind === 'values') (given[key] as unknown[]).push(value)
    else if (given[key] !== undefined) throw new UsageError(`--${key} is there twice. ${help}`)
    else given[key] = value
  }
  const missing = expected.slice(place).find(([, { optional }]) => optional !== true)
  if (missing !== undefined) throw new UsageError(`${missing[0].toUpperCase()} is missing: ${usage(command)}. ${help}`)
  return { help: false, given }
}

function parse(what: string, { parse: reads }: { parse: (text: string) => unknown }, text: string): unknown {
  try {
    return reads(text)
  } catch (error) {
    throw new UsageError(`${what} ${text}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
