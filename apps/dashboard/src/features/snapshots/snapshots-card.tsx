import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Snapshot } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { formatSize } from '../../format/size.ts'
import { formatExact, formatRelative } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { useLanguage, useT, type Translate } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Status, type StatusTone } from '../../ui/status.tsx'
import { reasonText } from './reasons.ts'
import { RestoreSnapshot } from './restore-snapshot.tsx'
import { askSnapshot, isUnderWay, isUsable, lastProved, snapshotsQuery, verifySnapshot } from './snapshots.ts'

const SHOWN = 5
const OVERDUE_MS = 48 * 3_600_000

/** Copies of the WhatsApp session: how old the newest one is that could be opened, and what became of the last ones. */
export function SnapshotsCard({ tenant }: { tenant: string }) {
  const t = useT()
  const language = useLanguage()
  const now = useNow(10_000)
  const queryClient = useQueryClient()
  const query = useQuery(snapshotsQuery(tenant))
  const refresh = () => queryClient.invalidateQueries({ queryKey: keys.snapshots(tenant) })
  const ask = useMutation({ mutationFn: () => askSnapshot(tenant), onSettled: refresh })
  const verify = useMutation({ mutationFn: (id: string) => verifySnapshot(tenant, id), onSettled: refresh })
  const items = query.data?.items ?? []
  const newest = items.find((one) => isUsable(one) && one.proof_fault === null)
  const proved = lastProved(items)
  const overdue = newest !== undefined && now.getTime() - new Date(newest.asked_at).getTime() > OVERDUE_MS
  /** With seconds: two of one minute are two. */
  const atOf = (id: string | undefined): string => {
    const one = items.find((each) => each.id === id)
    return one === undefined ? '' : formatExact(new Date(one.asked_at), language)
  }
  return (
    <Card data-testid="snapshots">
      <CardTitle
        help={t('snapshots.help')}
        action={
          <Button busy={ask.isPending || items.some(isUnderWay)} onClick={() => ask.mutate()} data-testid="snapshot-ask">
            {t('snapshots.ask')}
          </Button>
        }
      >
        {t('snapshots.title')}
      </CardTitle>
      <ProblemNotice error={query.error ?? ask.error ?? verify.error} onRetry={() => void query.refetch()} />
      {verify.data?.ok === false && (
        <Notice tone="bad" role="alert" title={t('snapshots.verify.bad', { at: atOf(verify.variables) })}>
          {verify.data.fault === null ? '' : reasonText(verify.data.fault, t)}
        </Notice>
      )}
      {verify.data?.ok === true && <Notice tone="ok" role="status" title={t('snapshots.verify.ok', { at: atOf(verify.variables) })} />}
      {query.isPending && <Loading />}
      {query.isSuccess && (
        <p className="text-sm" data-testid="snapshot-newest">
          {newest === undefined
            ? t('snapshots.none')
            : t(overdue ? 'snapshots.newest.old' : 'snapshots.newest', {
                ago: formatRelative(new Date(newest.asked_at), now, language),
              })}{' '}
          {proved !== null && (
            <span data-testid="snapshot-proved">
              {t(now.getTime() - proved.getTime() > OVERDUE_MS ? 'snapshots.proved.old' : 'snapshots.proved', {
                ago: formatRelative(proved, now, language),
              })}
            </span>
          )}
        </p>
      )}
      {items.length > 0 && (
        <ul className="mt-4 divide-y rounded-control border">
          {items.slice(0, SHOWN).map((snapshot) => (
            <li key={snapshot.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm" data-testid="snapshot">
              <Status tone={toneOf(snapshot)}>{stateText(snapshot, t)}</Status>
              <span className="text-ink-soft">{formatExact(new Date(snapshot.asked_at), language)}</span>
              <span className="text-ink-soft">{t(`snapshots.cause.${snapshot.cause}`)}</span>
              {snapshot.size_bytes !== null && <span className="text-ink-soft">{formatSize(snapshot.size_bytes, language)}</span>}
              {isUsable(snapshot) && (
                <span className="ml-auto flex flex-wrap gap-1">
                  <RestoreSnapshot tenant={tenant} snapshot={snapshot} />
                  <Button
                    size="sm"
                    look="quiet"
                    busy={verify.isPending && verify.variables === snapshot.id}
                    onClick={() => verify.mutate(snapshot.id)}
                    aria-label={t('snapshots.of', { deed: t('snapshots.verify'), at: atOf(snapshot.id) })}
                    data-testid="snapshot-verify"
                  >
                    {t('snapshots.verify')}
                  </Button>
                </span>
              )}
              <Facts snapshot={snapshot} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

/** What else there is to know of it, below its line. */
function Facts({
  snapshot: {
    failure,
    void_reason: voidReason,
    verified_at: verifiedAt,
    restored_at: restoredAt,
    restore_failed_at: failedAt,
    proof_fault: fault,
    proof_error: error,
  },
}: {
  snapshot: Snapshot
}) {
  const t = useT()
  const language = useLanguage()
  const facts = [
    failure === null ? null : reasonText(failure, t),
    failedAt === null ? null : t('snapshots.restore.failed', { at: formatExact(new Date(failedAt), language) }),
    voidReason === null
      ? null
      : t(voidReason === 'logged_out' ? 'snapshots.void.logged-out' : 'snapshots.void', { reason: reasonText(voidReason, t) }),
    verifiedAt === null ? null : t('snapshots.verified', { at: formatExact(new Date(verifiedAt), language) }),
    restoredAt === null ? null : t('snapshots.restored', { at: formatExact(new Date(restoredAt), language) }),
    fault === null ? null : t('snapshots.proof.fault', { fault: reasonText(fault, t) }),
    error === null ? null : t('snapshots.proof.error', { error }),
  ].filter((fact) => fact !== null)
  return facts.length === 0 ? null : <p className="w-full break-words text-ink-soft">{facts.join(' · ')}</p>
}

function toneOf(snapshot: Snapshot): StatusTone {
  if (isUnderWay(snapshot)) return 'busy'
  if (snapshot.state === 'failed') return 'bad'
  if (snapshot.proof_fault !== null) return 'bad'
  return isUsable(snapshot) ? 'ok' : 'off'
}

function stateText(snapshot: Snapshot, t: Translate): string {
  if (snapshot.state === 'stored' && !isUsable(snapshot)) return t('snapshots.state.void')
  if (snapshot.proof_fault !== null) return t('snapshots.state.unsound')
  return t(`snapshots.state.${snapshot.state}`)
}
