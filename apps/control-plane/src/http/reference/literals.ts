import { isObject } from './json.ts'
import type { Json } from './json.ts'

/** JSON written as the literals of a language. Short ones stay on one line. */

const LINE = 60
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

const quotedOnce = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`

export function jsonText(value: Json, indent = ''): string {
  return written(value, indent, 2, {
    text: (one) => JSON.stringify(one),
    list: ['[', ']'],
    map: ['{ ', ' }'],
    entry: (key, one) => `${JSON.stringify(key)}: ${one}`,
    comma: '',
  })
}

export function scriptText(value: Json, indent = ''): string {
  return written(value, indent, 2, {
    text: quotedOnce,
    list: ['[', ']'],
    map: ['{ ', ' }'],
    entry: (key, one) => `${IDENTIFIER.test(key) ? key : quotedOnce(key)}: ${one}`,
    comma: ',',
  })
}

/** PHP reads escapes in double quotes alone, and `$` as a variable there. */
const phpQuoted = (text: string): string =>
  text.includes('\n')
    ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '\\$').replaceAll('\n', '\\n')}"`
    : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

export function phpText(value: Json, indent = ''): string {
  return written(value, indent, 4, {
    text: phpQuoted,
    list: ['[', ']'],
    map: ['[', ']'],
    entry: (key, one) => `${phpQuoted(key)} => ${one}`,
    comma: ',',
  })
}

/** For a shell: nothing is special between single quotes but themselves. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

type Style = {
  text: (value: string) => string
  list: readonly [open: string, close: string]
  map: readonly [open: string, close: string]
  entry: (key: string, value: string) => string
  /** After the last of several lines. */
  comma: string
}

function written(value: Json, indent: string, step: number, style: Style): string {
  if (typeof value === 'string') return style.text(value)
  if (!Array.isArray(value) && !isObject(value)) return String(value)
  const inner = indent + ' '.repeat(step)
  const parts = Array.isArray(value)
    ? value.map((one) => written(one, inner, step, style))
    : Object.entries(value).map(([key, one]) => style.entry(key, written(one, inner, step, style)))
  const [open, close] = Array.isArray(value) ? style.list : style.map
  if (parts.length === 0) return open.trim() + close.trim()
  const flat = `${open}${parts.join(', ')}${close}`
  if (flat.length <= LINE && !flat.includes('\n')) return flat
  return `${open.trim()}\n${parts.map((one) => inner + one).join(',\n')}${style.comma}\n${indent}${close.trim()}`
}
