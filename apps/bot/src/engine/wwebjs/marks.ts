import { SNAPSHOT_MARKS, type SnapshotManifest } from '@zaptria/contract'

/** Of what is read from a page's storage. A session's keys are small and few; its signed and one-time keys are hundreds, and change. */
export const MARKS = { mostRecords: 64, mostMarks: SNAPSHOT_MARKS, mostBytes: 1024 * 1024 }
/** What a proof reads: more than was read when the copy was taken, for between two looks a store may have been larger. */
export const ALL_MARKS = { mostRecords: 2 * MARKS.mostRecords, mostMarks: 20 * MARKS.mostMarks, mostBytes: 2 * MARKS.mostBytes }
/** As readMarks names it. */
const LOCAL_STORAGE = 'localStorage'
export const MARKS_MS = 10_000

type Mark = SnapshotManifest['marks'][number]

const nameOf = ({ place, key, sha256 }: Mark): string => `${place} ${key} ${sha256}`

/** Keeps in mind since when local storage has held what it holds, for it is not on the disk at once. */
export class LocalMarks {
  readonly #settledMs: number
  #since = new Map<string, number>()

  constructor(settledMs: number) {
    this.#settledMs = settledMs
  }

  note(marks: readonly Mark[], nowMs: number): void {
    const local = marks.filter(({ place }) => place === LOCAL_STORAGE).map(nameOf)
    this.#since = new Map(local.map((name) => [name, this.#since.get(name) ?? nowMs]))
  }

  /** Without what may not be on the disk yet. */
  settled(marks: readonly Mark[], nowMs: number): Mark[] {
    const old = (mark: Mark): boolean => nowMs - (this.#since.get(nameOf(mark)) ?? nowMs) >= this.#settledMs
    return marks.filter((mark) => mark.place !== LOCAL_STORAGE || old(mark))
  }
}

/** What did not change from one reading to the next. */
export const inBoth = (before: readonly Mark[], after: readonly Mark[]): Mark[] => {
  const there = new Set(after.map(nameOf))
  return before.filter((mark) => there.has(nameOf(mark)))
}

/** What a copy lacks of the marks that were taken with it. */
export const missingOf = (wanted: readonly Mark[], found: readonly Mark[]): Mark[] => {
  const there = new Set(found.map(nameOf))
  return wanted.filter((mark) => !there.has(nameOf(mark)))
}
