import { useT } from '../../i18n/use-t.ts'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { QuickRepliesManager } from './quick-replies-manager.tsx'

/** In a tenant's details. */
export function QuickRepliesCard({ tenant }: { tenant: string }) {
  const t = useT()
  return (
    <Card>
      <CardTitle help={t('quick.help')}>{t('quick.title')}</CardTitle>
      <QuickRepliesManager tenant={tenant} />
    </Card>
  )
}

/** Over the chat. */
export function QuickRepliesDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = useT()
  return (
    <Dialog open onClose={onClose} title={t('quick.title')} description={t('quick.help')} testId="quick-dialog">
      <QuickRepliesManager tenant={tenant} />
    </Dialog>
  )
}
