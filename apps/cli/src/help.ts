import type { Command, Option } from './command.ts'

export function tableHelp(commands: readonly Command[]): string {
  return `zaptria: looks after machines that run Zaptria.

Commands:
${columns(commands.map(({ name, summary }) => [name, summary]))}

"zaptria COMMAND --help" says more. Every command takes --json.
Exit code: 0 all is well, 1 something is wrong, 2 the command was not understood.
`
}

export function commandHelp({ name, summary, details, options }: Command): string {
  const list: [string, string][] = [
    ...Object.entries(options).map(([key, option]): [string, string] => [`--${key}${placeholder(option)}`, option.summary]),
    ['--json', 'print the result as JSON'],
    ['--help', 'this text'],
  ]
  return `zaptria ${name}: ${summary}.\n${details === undefined ? '' : `\n${details}\n`}\nOptions:\n${columns(list)}\n`
}

function placeholder(option: Option): string {
  if (option.kind === 'flag') return ''
  return ` ${option.placeholder}${option.kind === 'values' ? ' …' : ''}`
}

function columns(rows: readonly [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
