import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Snapshot } from '@zaptria/contract'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { formatExact } from '../../format/time.ts'
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
  const at = formatExact(new Date(snapshot.asked_at), language)
  const restore = useMutation({
    mutationFn: () => restoreSnapshot(tenant, snapshot.id),
    onSuccess: () => {
      setAsking(false)
      void queryClient.invalidateQueries({ queryKey: keys.bot(tenant) })
      void queryClient.invalidateQueries({ queryKey: keys.snapshots(tenant) })
    },
  })
  // What became of it is told by the snapshot itself.
  const endOf = ({ restored_at, restore_failed_at }: Snapshot): string => `${restored_at} ${restore_failed_at}`
  const waits = restore.isSuccess && endOf(snapshot) === endOf(restore.data)
  return (
    <>
      <Button
        size="sm"
        look="quiet"
        onClick={() => setAsking(true)}
        data-testid="snapshot-restore"
        aria-label={t('snapshots.of', { deed: t('snapshots.restore'), at })}
      >
        {t('snapshots.restore')}
      </Button>
      {waits && (
        <span role="status" className="self-center text-ink-soft">
          {t('snapshots.restore.asked')}
        </span>
      )}
      <Confirm
        open={asking}
        title={t('snapshots.restore.title', { at })}
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
