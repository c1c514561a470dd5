import { parsePattern, PatternRefused } from './parse.ts'
import { assemble, runs } from './program.ts'

export type FlowRegex = { test(text: string): boolean }
export type CompiledRegex = { ok: true; regex: FlowRegex } | { ok: false; message: string }

/** What a pattern is held against: the beginning of the text. */
const MAX_TEXT = 4096

/**
 * Compiles a tenant's pattern: flags `iu`, no lookaround, no back references, no quantifier inside a quantified group. It does not run on
 * the language's own engine, which backtracks: one bad pattern and one long message would stop the whole program.
 */
export function compileRegex(source: string): CompiledRegex {
  try {
    // Syntax is the language's business, its messages included.
    void new RegExp(source, 'iu')
    const program = assemble(parsePattern(source))
    return { ok: true, regex: { test: (text) => runs(program, text.slice(0, MAX_TEXT)) } }
  } catch (error) {
    if (error instanceof PatternRefused || error instanceof SyntaxError) return { ok: false, message: error.message }
    throw error
  }
}

const KEPT = 200
const compiled = new Map<string, CompiledRegex>()

/** The same, remembering the patterns used last: a flow's conditions run with every message. */
export function cachedRegex(source: string): CompiledRegex {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const fresh = compileRegex(source)
  const oldest = compiled.keys().next()
  if (compiled.size >= KEPT && oldest.done !== true) compiled.delete(oldest.value)
  compiled.set(source, fresh)
  return fresh
}
