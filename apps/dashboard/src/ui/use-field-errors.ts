import { useEffect, useRef } from 'react'
import { ApiError } from '../api/client.ts'
import { problemText } from '../api/problem.ts'
import { useT } from '../i18n/use-t.ts'

type FieldError = { error?: string; ref?: (element: HTMLElement | null) => void }

/**
 * What the server said of a form, shared out: `at(path)` is for the field that holds what is called so in the request, `rest` for a ProblemNotice.
 * The first field that has a mistake gets the focus.
 */
export function useFieldErrors<Path extends string>(
  error: unknown,
  paths: readonly Path[],
): { at: (path: Path) => FieldError; rest: unknown } {
  const t = useT()
  const focus = useRef<HTMLElement>(null)
  const mistakes = problemText(error, t).errors
  const mistakeAt = (path: string) => mistakes.find((each) => each.path === path)
  const first = paths.find((path) => mistakeAt(path) !== undefined)
  useEffect(() => {
    if (first !== undefined) focus.current?.focus()
  }, [first])
  return {
    at(path) {
      const message = mistakeAt(path)?.message
      if (message === undefined) return {}
      const said = { error: message.charAt(0).toUpperCase() + message.slice(1) }
      return path === first ? { ...said, ref: (element) => void (focus.current = element) } : said
    },
    rest: first === undefined ? error : without(error, paths),
  }
}

/** Null where nothing else is wrong. */
function without(error: unknown, paths: readonly string[]): unknown {
  if (!(error instanceof ApiError)) return error
  const errors = error.errors.filter(({ path }) => !paths.includes(path))
  const { code, status, detail, retryAfterS } = error
  return errors.length === 0 ? null : new ApiError({ code, status, detail, errors, retryAfterS, cause: error })
}
