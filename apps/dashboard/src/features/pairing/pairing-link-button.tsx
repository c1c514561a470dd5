import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Send, Share2 } from 'lucide-react'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { formatDateTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { createPairingLink, pairingLinkQuery, removePairingLink } from './pairing.ts'

/** For customers who are elsewhere: a link that shows them this bot's QR, and nothing else. */
export function PairingLinkButton({ tenant }: { tenant: string }) {
  const t = useT()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)} data-testid="pairing-link">
        <Share2 aria-hidden />
        {t('pairing-link.send')}
      </Button>
      {open && <PairingLinkDialog tenant={tenant} onClose={() => setOpen(false)} />}
    </>
  )
}

/** Makes the link, shows it once, voids it. */
export function PairingLinkDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = useT()
  const language = useLanguage()
  const queryClient = useQueryClient()
  const link = useQuery(pairingLinkQuery(tenant))
  const refresh = () => queryClient.invalidateQueries({ queryKey: keys.pairingLink(tenant) })
  const create = useMutation({ mutationFn: () => createPairingLink(tenant), onSuccess: refresh })
  const revoke = useMutation({ mutationFn: () => removePairingLink(tenant), onSuccess: refresh })
  const url = create.data?.url
  if (url !== undefined)
    return (
      <Dialog open onClose={onClose} title={t('pairing-link.title')} description={t('pairing-link.help')} dismissable={false}>
        <div className="space-y-4">
          <CopyField value={url} label={t('pairing-link.label')} testId="pairing-link-url" />
          <p className="text-sm text-ink-soft">{t('pairing-link.once')}</p>
          <a
            className={buttonClass({ look: 'primary' })}
            href={`https://wa.me/?text=${encodeURIComponent(t('pairing-link.text', { url }))}`}
            target="_blank"
            rel="noreferrer"
          >
            <Send aria-hidden />
            {t('pairing-link.share')}
          </a>
        </div>
      </Dialog>
    )
  const there = link.data !== null && link.data !== undefined && link.data.used_at === null ? link.data : null
  return (
    <Dialog open onClose={onClose} title={t('pairing-link.title')} description={t('pairing-link.help')}>
      <div className="space-y-4">
        <ProblemNotice error={create.error ?? revoke.error ?? link.error} />
        {there !== null && (
          <Notice
            tone="info"
            title={t('pairing-link.there', { until: formatDateTime(new Date(there.expires_at), language) })}
            testId="pairing-link-there"
            actions={
              <Button size="sm" busy={revoke.isPending} onClick={() => revoke.mutate()} data-testid="pairing-link-revoke">
                {t('pairing-link.revoke')}
              </Button>
            }
          >
            {t('pairing-link.there.help')}
          </Notice>
        )}
        <Button look="primary" busy={create.isPending} onClick={() => create.mutate()} data-testid="pairing-link-create">
          {t(there === null ? 'pairing-link.create' : 'pairing-link.replace')}
        </Button>
      </div>
    </Dialog>
  )
}
