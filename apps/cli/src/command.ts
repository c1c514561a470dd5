/** What a command of `zaptria` is made of. The table in commands.ts lists them; run.ts reads arguments, tells help, and runs. */

type Common = { summary: string; /** One letter, for `-f`. */ short?: string }
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

/** A word after the command's name, in the order in which they are listed. */
export type Argument<T = unknown> = { summary: string; parse: (text: string) => T; optional?: boolean }
export type GivenArguments<A extends Record<string, Argument>> = {
  [K in keyof A]: A[K] extends { optional: true } ? ReturnType<A[K]['parse']> | undefined : ReturnType<A[K]['parse']>
}

/** 0 all is well, 1 something is wrong, 2 the command was not understood. */
export type ExitCode = 0 | 1 | 2

export type Context = {
  /** A line for people; nothing with --json. */
  say: (line: string) => void
  /** Goes to standard output as it is, also with --json: what a command tells while it goes on. */
  print: (text: string) => void
  json: boolean
  terminal: Terminal
  /** Ends when the user presses Ctrl-C: clean up and return. */
  signal: AbortSignal
}

/** Where the user sits. */
export type Terminal = {
  /** Standard output is looked at: it may be drawn on. */
  drawn: boolean
  columns: number
  /** Lines that are typed or piped in; ends when there are no more. */
  lines: () => AsyncIterable<string>
  /** An answer to a question, typed; null when nobody sits there. `hidden` shows nothing of it. */
  ask: (question: string, options?: { hidden?: boolean }) => Promise<string | null>
}

/** `text` goes to standard output as it is; `data` is what --json prints, unless it is undefined. */
export type Result = { code: ExitCode; data: unknown; text?: string }

export type Command = {
  name: string
  summary: string
  details?: string
  /** Whole lines, as they are typed. */
  examples?: readonly string[]
  arguments?: Record<string, Argument>
  options: Record<string, Option>
  run: (given: Record<string, unknown>, context: Context) => Promise<Result>
}

/** Ties a command's arguments and options to what its `run` is given. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- most commands take no arguments
export function command<const O extends Record<string, Option>, const A extends Record<string, Argument> = Record<never, Argument>>(
  definition: Omit<Command, 'arguments' | 'options' | 'run'> & {
    arguments?: A
    options: O
    run: (given: Given<O> & GivenArguments<A>, context: Context) => Promise<Result>
  },
): Command {
  return { ...definition, run: (given, context) => definition.run(given as Given<O> & GivenArguments<A>, context) }
}

/** The arguments were wrong: exit code 2. */
export class UsageError extends Error {}

/** Something is wrong that the user can mend: exit code 1, and what to do. */
export class Problem extends Error {
  readonly hint: string
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}
