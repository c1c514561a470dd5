import { parseArgs, type ParseArgsConfig } from 'node:util'

/** What was asked for is not understood: exit code 2, and the usage. */
export class UsageError extends Error {}

/** Node's parseArgs; a word that it does not know is a UsageError that names it. */
export function readArguments<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(message.split('. To specify')[0], { cause: error })
  }
}

/** A number that an option takes, from `least` on. */
export function whole(text: string, option: string, least = 1): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isInteger(number) || number < least)
    throw new UsageError(`${option} takes whole numbers from ${least} on, not ${JSON.stringify(text)}`)
  return number
}

const wantsHelp = (argv: readonly string[]): boolean => argv.includes('--help') || argv.includes('-h')

/** Runs a program of an npm script: usage for those who ask (exit code 0), a sentence for what goes wrong (1, or 2 with the usage). */
export async function runProgram(usage: string, run: () => Promise<void>): Promise<void> {
  if (wantsHelp(process.argv.slice(2))) return console.log(usage)
  try {
    await run()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(error instanceof UsageError ? `${message}\n\n${usage}` : `\n${message}`)
    process.exit(error instanceof UsageError ? 2 : 1)
  }
}
