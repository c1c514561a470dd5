/** One line of a bench's answer. Percentiles are exact: the nearest rank of what was measured. */
export type Result = { name: string; unit: string; n: number; p50: number; p95: number; p99: number; min: number; max: number }

/** The smallest value that at least `percent` of all are no larger than. */
export function percentile(sorted: readonly number[], percent: number): number {
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
  if (value === undefined) throw new Error('there is nothing to take a percentile of')
  return value
}

/** Values rounded to a tenth: more would be noise. */
export function summarize(name: string, unit: string, values: readonly number[]): Result {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (percent: number): number => Math.round(percentile(sorted, percent) * 10) / 10
  return { name, unit, n: sorted.length, p50: at(50), p95: at(95), p99: at(99), min: at(0), max: at(100) }
}
