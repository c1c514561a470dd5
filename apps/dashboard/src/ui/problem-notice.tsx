import { ApiError } from '../api/client.ts'
import { problemText } from '../api/problem.ts'
import { useT } from '../i18n/use-t.ts'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'

/** The server said no: asking the same again gets the same answer. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429
}

/** An error as people need it: what happened, what to do, and "try again" where that makes sense. */
export function ProblemNotice({ error, onRetry, className }: { error: unknown; onRetry?: () => void; className?: string }) {
  const t = useT()
  if (error === null || error === undefined) return null
  const { title, hint, errors } = problemText(error, t)
  return (
    <Notice
      tone="bad"
      title={title}
      role="alert"
      testId="problem"
      {...(className === undefined ? {} : { className })}
      {...(onRetry === undefined || isFinal(error)
        ? {}
        : {
            actions: (
              <Button size="sm" onClick={onRetry}>
                {t('common.retry')}
              </Button>
            ),
          })}
    >
      {hint}
      {errors.length > 0 && (
        <ul className="mt-1 list-disc pl-5">
          {errors.map(({ path, message }) => (
            <li key={`${path}:${message}`}>
              <code className="font-mono text-xs">{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
