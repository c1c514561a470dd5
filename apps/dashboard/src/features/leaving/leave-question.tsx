import { useBlocker } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Confirm } from '../../ui/confirm.tsx'

type Props = {
  /** Something would be lost. */
  dirty: boolean
  confirm: string
  children: ReactNode
}

/** Before a page is left whose changes are not kept. Also when the tab is closed or loaded anew: there the browser asks. */
export function LeaveQuestion({ dirty, confirm, children }: Props) {
  const t = useT()
  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  })
  if (leaving.status !== 'blocked') return null
  return (
    <Confirm open danger title={t('leave.title')} confirm={confirm} onCancel={leaving.reset} onConfirm={leaving.proceed}>
      {children}
    </Confirm>
  )
}
