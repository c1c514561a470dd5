/** Where each value of a JSON text begins, by path (`nodes.menu.options.0`); or where the text stops being JSON. */
export type JsonPlaces = { ok: true; offsets: ReadonlyMap<string, number> } | { ok: false; offset: number }

class Stop extends Error {}

const SPACE = /[ \t\r\n]*/y
// oxlint-disable-next-line no-control-regex -- JSON strings may not hold them
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/** Reads a JSON text for its places only; browsers word `JSON.parse`'s errors differently and none gives a path. */
export function jsonPlaces(text: string): JsonPlaces {
  const offsets = new Map<string, number>()
  let at = 0

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)?.[0] ?? null
    if (match !== null) at += match.length
    return match
  }
  const space = () => take(SPACE)
  const expect = (character: string) => {
    if (text[at] !== character) throw new Stop()
    at += 1
  }
  /** The items between brackets, commas between them. */
  const items = (close: string, item: (index: number) => void) => {
    at += 1
    space()
    if (text[at] === close) {
      at += 1
      return
    }
    for (let index = 0; ; index++) {
      space()
      item(index)
      space()
      if (text[at] !== ',') break
      at += 1
    }
    expect(close)
  }
  const value = (path: string): void => {
    space()
    offsets.set(path, at)
    const join = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`)
    if (text[at] === '{') {
      items('}', () => {
        const key = take(STRING)
        if (key === null) throw new Stop()
        space()
        expect(':')
        value(join(JSON.parse(key) as string))
      })
    } else if (text[at] === '[') items(']', (index) => value(join(index)))
    else if (take(STRING) === null && take(SCALAR) === null) throw new Stop()
  }

  try {
    value('')
    space()
    if (at < text.length) throw new Stop()
    return { ok: true, offsets }
  } catch (error) {
    // A text nested thousands deep ends here too: not a flow either.
    if (!(error instanceof Stop || error instanceof RangeError)) throw error
    return { ok: false, offset: at }
  }
}

/** Where `path` begins, or the nearest thing around it that is there. */
export function placeOf(offsets: ReadonlyMap<string, number>, path: string): number {
  for (let rest = path; rest !== ''; rest = rest.includes('.') ? rest.slice(0, rest.lastIndexOf('.')) : '') {
    const offset = offsets.get(rest)
    if (offset !== undefined) return offset
  }
  return offsets.get('') ?? 0
}

/** Counted from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}
