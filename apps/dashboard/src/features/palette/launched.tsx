import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { askBot } from '../bot/bot.ts'
import { rememberDone } from '../bot/undoable.ts'
import { ShortcutSheet } from '../keyboard/shortcut-sheet.tsx'
import { PairingLinkDialog } from '../pairing/pairing-link-button.tsx'
import { TenantCreate } from '../tenants/tenant-create.tsx'
import type { Act } from './entries.ts'

/** The dialog that something chosen in the palette opens, over whatever page is open. */
export function Launched({ act, onClose }: { act: Act; onClose: () => void }) {
  switch (act.kind) {
    case 'create':
      return <TenantCreate onClose={onClose} />
    case 'sheet':
      return <ShortcutSheet onClose={onClose} />
    case 'link':
      return <PairingLinkDialog tenant={act.tenantId} onClose={onClose} />
    case 'restart':
    case 'stop':
      return <DeedConfirm deed={act.kind} tenant={act.tenantId} name={act.name} onClose={onClose} />
    default:
      return null
  }
}

type DeedConfirmProps = { deed: 'restart' | 'stop'; tenant: string; name: string; onClose: () => void }

/** Says whose bot it is, and what follows; then shows it: how it comes back, or the one click that starts it again. */
function DeedConfirm({ deed, tenant, name, onClose }: DeedConfirmProps) {
  const t = useT()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const ask = useMutation({
    mutationFn: () => askBot(tenant, deed),
    onSuccess: () => {
      rememberDone(queryClient, tenant, deed)
      onClose()
      void navigate({ to: '/tenants/$tenantId', params: { tenantId: tenant } })
    },
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: keys.bot(tenant) })
      void queryClient.invalidateQueries({ queryKey: keys.overview })
    },
  })
  return (
    <Confirm
      open
      title={t(`palette.${deed}.title`, { name })}
      confirm={t(`deed.${deed}`)}
      busy={ask.isPending}
      onCancel={onClose}
      onConfirm={() => ask.mutate()}
      error={<ProblemNotice error={ask.error} className="mt-3" />}
    >
      <p>{t(`deed.${deed}.text`)}</p>
      {deed === 'stop' && <p className="font-medium">{t('deed.can-undo')}</p>}
    </Confirm>
  )
}
