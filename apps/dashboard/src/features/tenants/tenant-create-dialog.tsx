import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { SwitchField } from '../../ui/switch-field.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { TokenOnce } from '../bot/token-once.tsx'
import { createTenant, type TenantMade } from './tenants.ts'

export function TenantCreateDialog({ onClose }: { onClose: () => void }) {
  const t = useT()
  const [made, setMade] = useState<TenantMade | null>(null)
  return (
    <Dialog
      open
      onClose={onClose}
      title={made === null ? t('tenants.create') : t('tenants.created', { name: made.name })}
      dismissable={made?.bot_token === undefined}
      testId="tenant-dialog"
    >
      {made === null ? <Form onMade={setMade} /> : <Made tenant={made} />}
    </Dialog>
  )
}

function Form({ onMade }: { onMade: (tenant: TenantMade) => void }) {
  const t = useT()
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
    onSuccess: (tenant) => {
      void queryClient.invalidateQueries({ queryKey: keys.overview })
      onMade(tenant)
    },
  })
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate()
      }}
    >
      <ProblemNotice error={create.error} />
      <TextField
        label={t('tenants.name')}
        hint={t('tenants.name.hint')}
        required
        maxLength={200}
        autoFocus
        value={name}
        onChange={(event) => edit(setName)(event.target.value)}
        data-testid="tenant-name"
      />
      <TextField
        label={t('tenants.external-id')}
        hint={t('tenants.external-id.hint')}
        maxLength={200}
        value={externalId}
        onChange={(event) => edit(setExternalId)(event.target.value)}
        data-testid="tenant-external-id"
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

function Made({ tenant }: { tenant: TenantMade }) {
  const t = useT()
  return (
    <div className="space-y-5">
      {tenant.bot_token === undefined ? <p className="text-sm">{t('tenants.created.unpaid')}</p> : <TokenOnce token={tenant.bot_token} />}
      <div className="flex justify-end">
        <Link
          to="/tenants/$tenantId"
          params={{ tenantId: tenant.id }}
          className={buttonClass({ look: 'primary' })}
          data-testid="tenant-created-open"
        >
          {t(tenant.bot_token === undefined ? 'tenants.created.open' : 'tenants.created.connect')}
        </Link>
      </div>
    </div>
  )
}
