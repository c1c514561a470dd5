import { branches, propertiesOf, type Schema } from './schema.ts'

/** A value to begin with, in CodeMirror's snippet language: all that is required is there, each gap a stop of the Tab key. */
export function template(schema: Schema): string {
  let stops = 0
  const stop = (text: unknown = '') => `\${${++stops}:${String(text)}}`
  const write = (each: Schema, indent: string): string => {
    const [first = each, ...more] = branches(each)
    const inner = `${indent}\t`
    if (first.const !== undefined && more.length === 0) return JSON.stringify(first.const)
    if (first.type === 'object') {
      const required = propertiesOf(first).filter(([key]) => first.required?.includes(key) === true)
      // Of several kinds only what tells them apart is asked for.
      const shown = more.length === 0 ? required : required.filter(([key]) => key === 'type')
      if (shown.length === 0) return `{\n${inner}${stop()}\n${indent}}`
      const lines = shown.map(([key, value]) => `${inner}"${key}": ${more.length === 0 ? write(value, inner) : `"${stop()}"`}`)
      return `{\n${lines.join(',\n')}\n${indent}}`
    }
    if (first.type === 'array') {
      const items = typeof first.items === 'object' && !Array.isArray(first.items) ? write(first.items, inner) : stop()
      return `[\n${inner}${items}\n${indent}]`
    }
    if (first.type === 'integer' || first.type === 'number') return stop(each.default ?? first.default ?? first.minimum ?? 0)
    return `"${stop()}"`
  }
  return write(schema, '')
}
