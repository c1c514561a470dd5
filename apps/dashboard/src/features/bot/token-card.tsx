import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { TokenOnce } from './token-once.tsx'
import { rotateToken } from './bot.ts'

export function TokenCard({ tenant }: { tenant: string }) {
  const t = useT()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const rotate = useMutation({
    mutationFn: () => rotateToken(tenant),
    onSuccess: () => {
      setAsking(false)
      void queryClient.invalidateQueries({ queryKey: keys.bot(tenant) })
    },
  })
  return (
    <Card>
      <CardTitle help={t('token.help')}>{t('token.title')}</CardTitle>
      <Button onClick={() => setAsking(true)} data-testid="token-rotate">
        {t('token.rotate')}
      </Button>
      <Confirm
        open={asking}
        title={t('token.rotate.title')}
        confirm={t('token.rotate')}
        busy={rotate.isPending}
        onCancel={() => setAsking(false)}
        onConfirm={() => rotate.mutate()}
        error={<ProblemNotice error={rotate.error} className="mt-3" />}
      >
        {t('token.rotate.text')}
      </Confirm>
      {rotate.data !== undefined && (
        <Dialog open onClose={() => rotate.reset()} title={t('token.title')} dismissable={false}>
          <TokenOnce token={rotate.data.bot_token} />
        </Dialog>
      )}
    </Card>
  )
}
