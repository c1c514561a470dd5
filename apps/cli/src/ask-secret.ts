import type { Terminal } from './command.ts'

/** Typed without being shown, or the first line of standard input: never an argument, where others on this machine would see it. */
export async function askSecret(terminal: Terminal, question: string): Promise<string> {
  return ((await terminal.ask(question, { hidden: true })) ?? (await firstLine(terminal.lines()))).trim()
}

async function firstLine(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line
  return ''
}
