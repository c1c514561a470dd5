import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { removeTenant, tenantQuery } from './tenants.ts'

export function TenantRemove({ tenant }: { tenant: string }) {
  const t = useT()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data } = useQuery(tenantQuery(tenant))
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: () => removeTenant(tenant),
    onSuccess: async () => {
      await navigate({ to: '/' })
      await queryClient.invalidateQueries({ queryKey: keys.overview })
    },
  })
  if (data === undefined) return null
  return (
    <Card>
      <CardTitle help={t('tenant.remove.text')}>{t('tenant.remove')}</CardTitle>
      <Button look="danger-quiet" onClick={() => setAsking(true)} data-testid="tenant-remove">
        {t('tenant.remove')}
      </Button>
      <Confirm
        open={asking}
        danger
        title={t('tenant.remove.title', { name: data.name })}
        confirm={t('tenant.remove')}
        busy={remove.isPending}
        onCancel={() => setAsking(false)}
        onConfirm={() => remove.mutate()}
        error={<ProblemNotice error={remove.error} className="mt-3" />}
      >
        {t('tenant.remove.text')}
      </Confirm>
    </Card>
  )
}
