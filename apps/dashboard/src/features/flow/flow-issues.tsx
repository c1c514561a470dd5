import { CircleAlert, CircleCheck, TriangleAlert, type LucideIcon } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import type { PlacedIssue } from './check-flow.ts'

type FlowIssuesProps = { issues: PlacedIssue[]; warnings: PlacedIssue[]; onShow: (offset: number) => void }

/** Mistakes and remarks; a click goes to the place. */
export function FlowIssues({ issues, warnings, onShow }: FlowIssuesProps) {
  const t = useT()
  return (
    <div className="mt-3 text-sm" data-testid="flow-check" data-ok={issues.length === 0}>
      <p role="status" className={issues.length === 0 ? 'flex items-center gap-2 text-ok' : 'flex items-center gap-2 font-medium text-bad'}>
        {issues.length === 0 ? <CircleCheck className="size-4" aria-hidden /> : <CircleAlert className="size-4" aria-hidden />}
        {issues.length === 0 ? t('flow.ok') : t('flow.mistakes', { count: issues.length })}
      </p>
      <ul className="mt-1 max-h-56 overflow-y-auto">
        {issues.map((issue) => (
          <Issue key={`${issue.path}:${issue.text}`} issue={issue} icon={CircleAlert} look="text-bad" onShow={onShow} />
        ))}
        {warnings.map((issue) => (
          <Issue key={`${issue.path}:${issue.text}`} issue={issue} icon={TriangleAlert} look="text-warn" onShow={onShow} />
        ))}
      </ul>
    </div>
  )
}

function Issue({
  issue,
  icon: Icon,
  look,
  onShow,
}: {
  issue: PlacedIssue
  icon: LucideIcon
  look: string
  onShow: (offset: number) => void
}) {
  const t = useT()
  return (
    <li data-testid="flow-issue" data-path={issue.path}>
      <button
        type="button"
        onClick={() => onShow(issue.offset)}
        className="flex w-full items-start gap-2 rounded-control px-2 py-1.5 text-left hover:bg-sunken"
      >
        <Icon className={`mt-0.5 size-4 shrink-0 ${look}`} aria-hidden />
        <span className="min-w-0">
          <span className="text-ink-soft">
            {t('flow.line', { line: issue.line })}
            {issue.path !== '' && (
              <>
                {' · '}
                <code className="font-mono text-xs break-all">{issue.path}</code>
              </>
            )}
          </span>
          <span className="block">{issue.text}</span>
        </span>
      </button>
    </li>
  )
}
