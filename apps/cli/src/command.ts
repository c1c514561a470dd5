/** What a command of `zaptria` is made of. The table in commands.ts lists them; run.ts reads arguments, tells help, and runs. */

type Common = { summary: string }
export type Flag = Common & { kind: 'flag' }
export type Value<T> = Common & { kind: 'value'; placeholder: string; parse: (text: string) => T }
/** May be given more than once. */
export type Values<T> = Common & { kind: 'values'; placeholder: string; parse: (text: string) => T }
export type Option = Flag | Value<unknown> | Values<unknown>

export type Given<O extends Record<string, Option>> = { [K in keyof O]: GivenOne<O[K]> }
type GivenOne<O extends Option> = O extends Flag
  ? boolean
  : O extends Values<infer T>
    ? T[]
    : O extends Value<infer T>
      ? T | undefined
      : never

/** 0 all is well, 1 something is wrong, 2 the command was not understood. */
export type ExitCode = 0 | 1 | 2

export type Context = {
  /** A line for people; nothing with --json. */
  say: (line: string) => void
  /** Ends when the user presses Ctrl-C: clean up and return. */
  signal: AbortSignal
}

/** `text` goes to standard output as it is; `data` is what --json prints. */
export type Result = { code: ExitCode; data: unknown; text?: string }

export type Command = {
  name: string
  summary: string
  details?: string
  options: Record<string, Option>
  run: (given: Record<string, unknown>, context: Context) => Promise<Result>
}

/** Ties a command's options to what its `run` is given. */
export function command<const O extends Record<string, Option>>(definition: {
  name: string
  summary: string
  details?: string
  options: O
  run: (given: Given<O>, context: Context) => Promise<Result>
}): Command {
  return { ...definition, run: (given, context) => definition.run(given as Given<O>, context) }
}

/** The arguments were wrong: exit code 2. */
export class UsageError extends Error {}

/** Something is wrong that the user can mend: exit code 1, and what to do. */
export class Problem extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
