import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Snapshot } from '@zaptria/contract'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { formatDateTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { restoreSnapshot } from './snapshots.ts'

/** Goes back to a copy, after saying what that costs. */
export function RestoreSnapshot({ tenant, snapshot }: { tenant: string; snapshot: Snapshot }) {
  const t = useT()
  const language = useLanguage()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const restore = useMutation({
    mutationFn: () => restoreSnapshot(tenant, snapshot.id),
    onSuccess: () => {
      setAsking(false)
      void queryClient.invalidateQueries({ queryKey: keys.bot(tenant) })
    },
  })
  return (
    <>
      <Button size="sm" look="quiet" onClick={() => setAsking(true)} data-testid="snapshot-restore">
        {t('snapshots.restore')}
      </Button>
      {restore.isSuccess && (
        <span role="status" className="self-center text-ink-soft">
          {t('snapshots.restore.asked')}
        </span>
      )}
      <Confirm
        open={asking}
        title={t('snapshots.restore.title', { at: formatDateTime(new Date(snapshot.asked_at), language) })}
        confirm={t('snapshots.restore')}
        busy={restore.isPending}
        onCancel={() => setAsking(false)}
        onConfirm={() => restore.mutate()}
        error={<ProblemNotice error={restore.error} className="mt-3" />}
      >
        {t('snapshots.restore.text')}
      </Confirm>
    </>
  )
}
