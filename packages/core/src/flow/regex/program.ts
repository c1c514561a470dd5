import { PatternRefused } from './parse.ts'
import type { Pattern } from './parse.ts'

type Assertion = Extract<Pattern, { kind: 'assert' }>['what']
export type Instruction =
  | { do: 'char'; test: (char: string) => boolean }
  | { do: 'assert'; what: Assertion }
  | { do: 'split'; to: number; or: number }
  | { do: 'jump'; to: number }
  | { do: 'match' }

/** `x{1000}` is a thousand instructions: the bound on a program is the bound on what one match may cost. */
export const MAX_INSTRUCTIONS = 1000

/** @throws {PatternRefused} when the pattern unrolls to more than MAX_INSTRUCTIONS */
export function assemble(pattern: Pattern): Instruction[] {
  const program: Instruction[] = []
  emit(pattern, program)
  push(program, { do: 'match' })
  return program
}

function push(program: Instruction[], instruction: Instruction): number {
  if (program.length === MAX_INSTRUCTIONS) throw new PatternRefused('the pattern is too large: use smaller counts in {…}')
  return program.push(instruction) - 1
}

function emit(pattern: Pattern, program: Instruction[]): void {
  switch (pattern.kind) {
    case 'char':
      push(program, { do: 'char', test: charTest(pattern.source) })
      return
    case 'assert':
      push(program, { do: 'assert', what: pattern.what })
      return
    case 'sequence':
      for (const item of pattern.items) emit(item, program)
      return
    case 'either':
      emitEither(pattern.options, program)
      return
    case 'repeat':
      emitRepeat(pattern, program)
      return
    default:
      pattern satisfies never
  }
}

function emitEither(options: Pattern[], program: Instruction[]): void {
  const exits: number[] = []
  options.forEach((option, i) => {
    if (i === options.length - 1) return emit(option, program)
    const split = push(program, { do: 'split', to: program.length + 1, or: 0 })
    emit(option, program)
    exits.push(push(program, { do: 'jump', to: 0 }))
    program[split] = { do: 'split', to: split + 1, or: program.length }
  })
  for (const exit of exits) program[exit] = { do: 'jump', to: program.length }
}

function emitRepeat({ item, min, max }: Extract<Pattern, { kind: 'repeat' }>, program: Instruction[]): void {
  for (let i = 0; i < min; i++) emit(item, program)
  if (max === Infinity) {
    const split = push(program, { do: 'split', to: program.length + 1, or: 0 })
    emit(item, program)
    push(program, { do: 'jump', to: split })
    program[split] = { do: 'split', to: split + 1, or: program.length }
    return
  }
  const splits: number[] = []
  for (let i = min; i < max; i++) {
    splits.push(push(program, { do: 'split', to: program.length + 1, or: 0 }))
    emit(item, program)
  }
  for (const split of splits) program[split] = { do: 'split', to: split + 1, or: program.length }
}

/** One code point against one piece of pattern, by the language's own rules for flags `iu`; each code point is asked once. */
function charTest(source: string): (char: string) => boolean {
  const regex = new RegExp(`^(?:${source})$`, 'iu')
  const known = new Map<string, boolean>()
  return (char) => {
    const answer = known.get(char)
    if (answer !== undefined) return answer
    const fresh = regex.test(char)
    if (known.size < 1000) known.set(char, fresh)
    return fresh
  }
}

const isWord = (char: string | undefined): boolean => char !== undefined && /^\w$/iu.test(char)

/**
 * Whether the program matches anywhere in the text. All its ways are walked side by side, so the cost is at most
 * instructions × characters, whatever pattern and text are: no text can make it hang.
 */
export function runs(program: readonly Instruction[], text: string): boolean {
  const chars = Array.from(text)
  let now: number[] = []
  // The position (plus one) at which each instruction was last reached: each is walked once per position.
  const reached = new Uint32Array(program.length)

  for (let at = 0; at <= chars.length; at++) {
    const next: number[] = []
    const stack = [0, ...now.toReversed()]
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (reached[pc] === at + 1) continue
      reached[pc] = at + 1
      const instruction = program[pc]
      if (instruction === undefined) continue
      switch (instruction.do) {
        case 'match':
          return true
        case 'jump':
          stack.push(instruction.to)
          break
        case 'split':
          stack.push(instruction.or, instruction.to)
          break
        case 'assert':
          if (holds(instruction.what, chars, at)) stack.push(pc + 1)
          break
        case 'char': {
          const char = chars[at]
          if (char !== undefined && instruction.test(char)) next.push(pc + 1)
          break
        }
        default:
          instruction satisfies never
      }
    }
    now = next
  }
  return false
}

function holds(what: Assertion, chars: readonly string[], at: number): boolean {
  switch (what) {
    case 'start':
      return at === 0
    case 'end':
      return at === chars.length
    case 'word':
      return isWord(chars[at - 1]) !== isWord(chars[at])
    case 'not_word':
      return isWord(chars[at - 1]) === isWord(chars[at])
    default:
      return what satisfies never
  }
}
