/** A pattern's tree. `char` matches one code point and keeps its own source: what `[à-ü]` or `\p{L}` means is the language's business. */
export type Pattern =
  | { kind: 'char'; source: string }
  | { kind: 'assert'; what: 'start' | 'end' | 'word' | 'not_word' }
  | { kind: 'sequence'; items: Pattern[] }
  | { kind: 'either'; options: Pattern[] }
  | { kind: 'repeat'; item: Pattern; min: number; max: number }

/** What the policy refuses: the message is for the person who draws the flow. */
export class PatternRefused extends Error {
  override name = 'PatternRefused'
}

/**
 * Reads a pattern that `new RegExp(source, 'u')` has accepted already, so that syntax is known to be right.
 * @throws {PatternRefused} on lookaround, back references, inline flags and quantifiers inside quantifiers
 */
export function parsePattern(source: string): Pattern {
  return new Reader(source).all()
}

// One token at a time: an escape, a class, the head of a group, a quantifier, or one code point.
const ESCAPE =
  /\\(?:p\{[^}]*\}|P\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|x[0-9a-fA-F]{2}|c[a-zA-Z]|.)/suy
const CLASS = /\[(?:\\.|[^\]\\])*\]/suy
const GROUP = /\((?:\?:|\?<[^=!>][^>]*>|(?!\?))/suy
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/suy

class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  all(): Pattern {
    return this.#either()
  }

  #either(): Pattern {
    const options = [this.#sequence()]
    while (this.#take(/\|/suy) !== null) options.push(this.#sequence())
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'either', options }
  }

  #sequence(): Pattern {
    const items: Pattern[] = []
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#at))) items.push(this.#repeat(this.#atom()))
    return { kind: 'sequence', items }
  }

  #atom(): Pattern {
    const char = this.#source.charAt(this.#at)
    if (char === '(') return this.#group()
    if (char === '[') return { kind: 'char', source: this.#take(CLASS)?.[0] ?? '' }
    if (char === '\\') return this.#escape()
    const literal = this.#take(/./suy)?.[0] ?? ''
    if (literal === '^') return { kind: 'assert', what: 'start' }
    if (literal === '$') return { kind: 'assert', what: 'end' }
    return { kind: 'char', source: literal }
  }

  #group(): Pattern {
    if (this.#take(GROUP) === null) throw new PatternRefused('groups that look ahead or behind, or that change flags, are not allowed')
    const inside = this.#either()
    this.#at++ // its ")"
    return inside
  }

  #escape(): Pattern {
    const source = this.#take(ESCAPE)?.[0] ?? ''
    if (source === '\\b') return { kind: 'assert', what: 'word' }
    if (source === '\\B') return { kind: 'assert', what: 'not_word' }
    if (/^\\[1-9k]/.test(source)) throw new PatternRefused('references to earlier groups are not allowed')
    return { kind: 'char', source }
  }

  #repeat(item: Pattern): Pattern {
    const found = this.#take(QUANTIFIER)
    if (found === null) return item
    const [, sign, low, comma, high] = found
    const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0
    const max = sign === undefined ? (comma === '' ? min : high === '' ? Infinity : Number(high)) : sign === '?' ? 1 : Infinity
    if (max > 1 && repeats(item)) throw new PatternRefused('a quantifier inside a quantified group is not allowed')
    return { kind: 'repeat', item, min, max }
  }

  #take(token: RegExp): RegExpExecArray | null {
    token.lastIndex = this.#at
    const found = token.exec(this.#source)
    if (found !== null) this.#at += found[0].length
    return found
  }
}

/** Whether anything in it may come more than once. */
function repeats(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'char':
    case 'assert':
      return false
    case 'sequence':
      return pattern.items.some(repeats)
    case 'either':
      return pattern.options.some(repeats)
    case 'repeat':
      return pattern.max > 1 || repeats(pattern.item)
    default:
      return pattern satisfies never
  }
}
