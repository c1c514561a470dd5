import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { forgetToken, newTokenQuery } from './new-token.ts'
import { TokenOnce } from './token-once.tsx'

/** The token of a bot that has just been made, until it is put away or the page is loaded anew. */
export function NewTokenCard({ tenant }: { tenant: string }) {
  const t = useT()
  const queryClient = useQueryClient()
  const { data: token } = useQuery(newTokenQuery(tenant))
  if (token === undefined || token === null) return null
  return (
    <Card>
      <CardTitle help={t('token.help')}>{t('token.title')}</CardTitle>
      <TokenOnce token={token} />
      <Button size="sm" className="mt-3" onClick={() => forgetToken(queryClient, tenant)} data-testid="token-hide">
        {t('token.hide')}
      </Button>
    </Card>
  )
}
