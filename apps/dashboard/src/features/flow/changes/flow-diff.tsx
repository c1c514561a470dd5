import type { Flow } from '@zaptria/contract'
import { structuredPatch } from 'diff'
import { Fragment, useMemo } from 'react'
import { useT } from '../../../i18n/use-t.ts'
import { cn } from '../../../ui/cn.ts'
import { textsToCompare } from './flow-text.ts'

type Row = { sign: '+' | '-' | ' '; text: string; old: number | null; now: number | null }

/** Lines around a change that stay, to find one's way. */
const CONTEXT = 3

/** What changes from one flow to another, line by line: what goes, what comes, and a little around it. */
export function FlowDiff({ from, to }: { from: Flow; to: Flow }) {
  const t = useT()
  const hunks = useMemo(() => hunksOf(...textsToCompare(from, to)), [from, to])
  if (hunks.length === 0) return null
  return (
    <div
      role="region"
      tabIndex={0}
      aria-label={t('flow.diff')}
      className="relative max-h-[45dvh] overflow-auto rounded-control border font-mono text-xs leading-5"
      data-testid="flow-diff"
    >
      <table className="w-full border-collapse">
        <caption className="sr-only">{t('flow.diff')}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{t('flow.diff.old')}</th>
            <th scope="col">{t('flow.diff.now')}</th>
            <th scope="col">{t('flow.diff.sign')}</th>
            <th scope="col">{t('flow.diff.text')}</th>
          </tr>
        </thead>
        <tbody>
          {hunks.map((rows, index) => (
            <Fragment key={rows[0]?.now ?? index}>
              {index > 0 && (
                <tr aria-hidden>
                  <td colSpan={4} className="border-y bg-sunken px-2 text-center text-ink-soft">
                    ⋯
                  </td>
                </tr>
              )}
              {rows.map((row) => (
                <Line key={`${row.old}:${row.now}`} row={row} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Line({ row: { sign, text, old, now } }: { row: Row }) {
  const t = useT()
  const number = 'w-10 min-w-10 px-1.5 text-right align-top text-ink-soft select-none tabular-nums'
  return (
    <tr data-testid="flow-diff-line" data-sign={sign} className={cn(sign === '+' && 'bg-ok-soft', sign === '-' && 'bg-bad-soft')}>
      <td className={cn(number, 'max-sm:hidden')}>{old}</td>
      <td className={cn(number, 'max-sm:hidden')}>{now}</td>
      <td className={cn('w-6 px-1.5 text-center align-top font-semibold', sign === '+' ? 'text-ok' : 'text-bad')}>
        <span aria-hidden>{sign}</span>
        {sign !== ' ' && <span className="sr-only">{sign === '+' ? t('flow.diff.comes') : t('flow.diff.goes')}</span>}
      </td>
      <td className="pr-3 break-words whitespace-pre-wrap">
        {sign === '+' ? <ins className="no-underline">{text}</ins> : sign === '-' ? <del className="no-underline">{text}</del> : text}
      </td>
    </tr>
  )
}

function hunksOf(from: string, to: string): Row[][] {
  return structuredPatch('', '', `${from}\n`, `${to}\n`, '', '', { context: CONTEXT }).hunks.map(({ oldStart, newStart, lines }) => {
    let [old, now] = [oldStart, newStart]
    return lines.map((line): Row => {
      const [sign, text] = [line[0], line.slice(1)]
      if (sign === '+') return { sign, text, old: null, now: now++ }
      if (sign === '-') return { sign, text, old: old++, now: null }
      return { sign: ' ', text, old: old++, now: now++ }
    })
  })
}
