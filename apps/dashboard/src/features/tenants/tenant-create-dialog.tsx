import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { SwitchField } from '../../ui/switch-field.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { useFieldErrors } from '../../ui/use-field-errors.ts'
import { giveToken } from '../bot/new-token.ts'
import { createTenant } from './tenants.ts'

/** Asks for a new customer, and leads to its page: what comes next is there. */
export function TenantCreateDialog({ onClose }: { onClose: () => void }) {
  const t = useT()
  return (
    <Dialog open onClose={onClose} title={t('tenants.create')} testId="tenant-dialog">
      <Form onClose={onClose} />
    </Dialog>
  )
}

function Form({ onClose }: { onClose: () => void }) {
  const t = useT()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const [externalId, setExternalId] = useState('')
  const [paid, setPaid] = useState(true)
  // One key for as long as the form is open: a second click on a slow line makes no second tenant. A changed form is another request.
  const [deed, setDeed] = useState(() => crypto.randomUUID())
  const edit =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value)
      setDeed(crypto.randomUUID())
      if (create.isError) create.reset()
    }
  const create = useMutation({
    mutationFn: () =>
      createTenant(
        {
          name: name.trim(),
          subscription: paid ? 'paid' : 'past_due',
          ...(externalId.trim() === '' ? {} : { external_id: externalId.trim() }),
        },
        deed,
      ),
    onSuccess: ({ bot_token, ...tenant }) => {
      queryClient.setQueryData(keys.tenant(tenant.id), tenant)
      if (bot_token !== undefined) giveToken(queryClient, tenant.id, bot_token)
      void queryClient.invalidateQueries({ queryKey: keys.overview })
      onClose()
      void navigate({ to: '/tenants/$tenantId', params: { tenantId: tenant.id } })
    },
  })
  const faults = useFieldErrors(create.error, ['name', 'external_id'])
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate()
      }}
    >
      <ProblemNotice error={faults.rest} />
      <TextField
        label={t('tenants.name')}
        hint={t('tenants.name.hint')}
        required
        maxLength={200}
        autoFocus
        value={name}
        onChange={(event) => edit(setName)(event.target.value)}
        data-testid="tenant-name"
        {...faults.at('name')}
      />
      <TextField
        label={t('tenants.external-id')}
        hint={t('tenants.external-id.hint')}
        maxLength={200}
        value={externalId}
        onChange={(event) => edit(setExternalId)(event.target.value)}
        data-testid="tenant-external-id"
        {...faults.at('external_id')}
      />
      <SwitchField label={t('tenants.paid')} hint={t('tenants.paid.hint')} checked={paid} onChange={edit(setPaid)} testId="tenant-paid" />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={create.isPending} data-testid="tenant-submit">
          {t('tenants.create.submit')}
        </Button>
      </div>
    </form>
  )
}
