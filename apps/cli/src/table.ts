/** Rows under a heading, aligned; what is too wide for the screen is cut in its last column. Control characters of other people's names are not printed. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], screen = Infinity): string {
  const clean = rows.map((row) => row.map(printable))
  const widths = heading.map((title, i) => Math.max(title.length, ...clean.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    cut(row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  '), screen)
  return [heading, ...clean].map((row) => `${line(row)}\n`).join('')
}

/** Names and values, one a line. */
export function facts(rows: readonly (readonly [string, string | null | undefined])[]): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null && row[1] !== undefined && row[1] !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join('')
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
export const printable = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ')

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`)
