import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { askBot } from '../bot/bot.ts'
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
      return <RestartConfirm tenant={act.tenantId} name={act.name} onClose={onClose} />
    default:
      return null
  }
}

/** Says whose bot it is, and what follows; then shows how it comes back. */
function RestartConfirm({ tenant, name, onClose }: { tenant: string; name: string; onClose: () => void }) {
  const t = useT()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const restart = useMutation({
    mutationFn: () => askBot(tenant, 'restart'),
    onSuccess: () => {
      onClose()
      void navigate({ to: '/tenants/$tenantId', params: { tenantId: tenant } })
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.bot(tenant) }),
  })
  return (
    <Confirm
      open
      title={t('palette.restart.title', { name })}
      confirm={t('deed.restart')}
      busy={restart.isPending}
      onCancel={onClose}
      onConfirm={() => restart.mutate()}
      error={<ProblemNotice error={restart.error} className="mt-3" />}
    >
      {t('deed.restart.text')}
    </Confirm>
  )
}
