import type { Command, Option } from './command.ts'

/** Commands that belong together, under a heading in the help. */
export type Section = { title?: string; commands: readonly Command[] }

export function tableHelp(sections: readonly Section[]): string {
  const width = Math.max(...sections.flatMap(({ commands }) => commands.map(({ name }) => name.length)))
  return `zaptria: looks after bots, and the machines that run them.

${sections.map((section) => sectionHelp(section, width)).join('\n')}
"zaptria COMMAND --help" says more. Every command takes --json. "zaptria --version" says which one this is.
Exit code: 0 all is well, 1 something is wrong, 2 the command was not understood.
`
}

const sectionHelp = ({ title = 'Commands', commands }: Section, width: number): string =>
  `${title}:\n${columns(
    commands.map(({ name, summary }) => [name, summary]),
    width,
  )}\n`

/** A command as it is typed: `zaptria send TENANT TO TEXT`. */
export const usage = (command: Command): string =>
  ['zaptria', command.name, ...Object.entries(command.arguments ?? {}).map(([name, { optional }]) => placed(name, optional))].join(' ')

const placed = (name: string, optional: boolean | undefined): string => (optional === true ? `[${name.toUpperCase()}]` : name.toUpperCase())

export function commandHelp(command: Command): string {
  const { name, summary, details, options, examples = [] } = command
  const words = Object.entries(command.arguments ?? {}).map(([key, one]): [string, string] => [placed(key, one.optional), one.summary])
  const list: [string, string][] = [
    ...Object.entries(options).map(([key, option]): [string, string] => [
      `--${key}${placeholder(option)}${option.short === undefined ? '' : `, -${option.short}`}`,
      option.summary,
    ]),
    ['--json', 'print the result as JSON'],
    ['--help', 'this text'],
  ]
  const width = Math.max(...[...words, ...list].map(([left]) => left.length))
  return [
    `zaptria ${name}: ${summary}.`,
    ...(details === undefined ? [] : [details]),
    ...(words.length === 0 ? [] : [`${usage(command)} [OPTIONS]\n${columns(words, width)}`]),
    `Options:\n${columns(list, width)}`,
    ...(examples.length === 0 ? [] : [`For example:\n${examples.map((line) => `  ${line}`).join('\n')}`]),
  ]
    .join('\n\n')
    .concat('\n')
}

function placeholder(option: Option): string {
  if (option.kind === 'flag') return ''
  return ` ${option.placeholder}${option.kind === 'values' ? ' …' : ''}`
}

function columns(rows: readonly [string, string][], width = Math.max(...rows.map(([left]) => left.length))): string {
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
