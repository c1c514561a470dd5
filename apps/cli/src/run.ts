import type { Command, Context, ExitCode, Option } from './command.ts'
import { Problem, UsageError } from './command.ts'
import { commandHelp, tableHelp } from './help.ts'

export type Terminal = { out: (text: string) => void; err: (text: string) => void; signal: AbortSignal }

/** Runs what the arguments say and returns the exit code: 0 all is well, 1 something is wrong, 2 not understood. */
export async function run(commands: readonly Command[], argv: readonly string[], { out, err, signal }: Terminal): Promise<ExitCode> {
  const json = argv.includes('--json')
  try {
    const [found, rest] = choose(commands, argv)
    if (Array.isArray(found)) {
      out(tableHelp(found))
      return argv.length === 0 ? 2 : 0
    }
    const { help, given } = read(found, rest)
    if (help) {
      out(commandHelp(found))
      return 0
    }
    const context: Context = { say: (line) => (json ? undefined : out(`${line}\n`)), signal }
    const { code, data, text } = await found.run(given, context)
    if (json) out(`${JSON.stringify(data, null, 2)}\n`)
    else if (text !== undefined) out(text)
    return code
  } catch (error) {
    const usage = error instanceof UsageError
    if (!usage && !(error instanceof Problem)) throw error
    const hint = error instanceof Problem ? error.hint : undefined
    if (json) out(`${JSON.stringify({ error: error.message, ...(hint === undefined ? {} : { hint }) }, null, 2)}\n`)
    else err(`${error.message}\n${hint === undefined ? '' : `${hint}\n`}`)
    return usage ? 2 : 1
  }
}

/** The command with the longest name that the arguments begin with; several when they only ask for help about those. */
function choose(commands: readonly Command[], argv: readonly string[]): [Command | Command[], string[]] {
  const firstOption = argv.findIndex((arg) => arg.startsWith('-'))
  const words = firstOption === -1 ? [...argv] : argv.slice(0, firstOption)
  if (words[0] === 'help') return choose(commands, [...words.slice(1), '--help'])
  for (let length = words.length; length > 0; length--) {
    const found = commands.find(({ name }) => name === words.slice(0, length).join(' '))
    if (found !== undefined) return [found, argv.slice(length)]
  }
  const first = argv[0]
  if (words.length === 0 && (first === undefined || first === '--help' || first === '-h')) return [[...commands], []]
  if (words.length === 0) throw new UsageError(`The command comes first, then its options. ${names(commands)}`)
  const family = commands.filter(({ name }) => name.startsWith(`${words[0]} `))
  if (family.length > 0 && words.length === 1 && (argv[1] === '--help' || argv[1] === '-h')) return [family, []]
  throw new UsageError(`There is no command ${JSON.stringify(words.join(' '))}. ${names(family.length > 0 ? family : commands)}`)
}

function names(commands: readonly Command[]): string {
  return `There are: ${commands.map(({ name }) => name).join(', ')}. More: zaptria --help`
}

function read({ name, options }: Command, args: readonly string[]): { help: boolean; given: Record<string, unknown> } {
  const help = `See: zaptria ${name} --help`
  const given: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(options))
    given[key] = option.kind === 'flag' ? false : option.kind === 'values' ? [] : undefined
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!
    if (arg === '--help' || arg === '-h') return { help: true, given }
    if (arg === '--json') continue
    if (!arg.startsWith('--')) throw new UsageError(`${JSON.stringify(arg)} is one word too many. ${help}`)
    const equals = arg.indexOf('=')
    const key = equals === -1 ? arg.slice(2) : arg.slice(2, equals)
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
    const value = parse(key, option, text)
    if (option.kind === 'values') (given[key] as unknown[]).push(value)
    else if (given[key] !== undefined) throw new UsageError(`--${key} is there twice. ${help}`)
    else given[key] = value
  }
  return { help: false, given }
}

function parse(key: string, option: Exclude<Option, { kind: 'flag' }>, text: string): unknown {
  try {
    return option.parse(text)
  } catch (error) {
    throw new UsageError(`--${key} ${text}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
