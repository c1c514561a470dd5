import { useT } from '../../i18n/use-t.ts'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useEditing } from './use-editing.ts'
import { QuickRepliesManager } from './quick-replies-manager.tsx'

/** In a tenant's details. */
export function QuickRepliesCard({ tenant }: { tenant: string }) {
  const t = useT()
  const editing = useEditing()
  return (
    <Card>
      <CardTitle help={t('quick.help')}>{t('quick.title')}</CardTitle>
      <QuickRepliesManager tenant={tenant} editing={editing} />
    </Card>
  )
}

/** Over the chat. While one is written, what closes it closes the form alone. */
export function QuickRepliesDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = useT()
  const editing = useEditing()
  const close = () => (editing.id === null ? onClose() : editing.go(null))
  return (
    <Dialog open onClose={close} title={t('quick.title')} description={t('quick.help')} testId="quick-dialog">
      <QuickRepliesManager tenant={tenant} editing={editing} />
    </Dialog>
  )
}
