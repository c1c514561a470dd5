import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Subscription, type Tenant, type TenantUpdate } from '@zaptria/contract'
import { useMemo, useState } from 'react'
import { keys } from '../../api/keys.ts'
import { timeZones } from '../../format/time-zones.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { useFieldErrors } from '../../ui/use-field-errors.ts'
import { LeaveQuestion } from '../leaving/leave-question.tsx'
import { TokenOnce } from '../bot/token-once.tsx'
import { tenantQuery, updateTenant } from './tenants.ts'

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

export function TenantForm({ tenant }: { tenant: string }) {
  const t = useT()
  const { data } = useQuery(tenantQuery(tenant))
  // Held here: the form below is replaced as soon as the change comes back as a hint.
  const [token, setToken] = useState<string | null>(null)
  /** What this form itself has saved: it stays as it is then, with its word and the focus. */
  const [own, setOwn] = useState<{ from: string; to: string } | null>(null)
  return (
    <>
      {/* A change made elsewhere starts the form anew, rather than being overwritten by what this one still holds. */}
      {data !== undefined && (
        <Form
          key={own?.to === data.updated_at ? own.from : data.updated_at}
          tenant={data}
          onSaved={(saved) => setOwn({ from: own?.to === data.updated_at ? own.from : data.updated_at, to: saved })}
          onToken={setToken}
        />
      )}
      {token !== null && (
        <Dialog open dismissable={false} title={t('token.title')} onClose={() => setToken(null)}>
          <TokenOnce token={token} />
        </Dialog>
      )}
    </>
  )
}

function Form({ tenant, onSaved, onToken }: { tenant: Tenant; onSaved: (updatedAt: string) => void; onToken: (token: string) => void }) {
  const t = useT()
  const queryClient = useQueryClient()
  const [name, setName] = useState(tenant.name)
  const [externalId, setExternalId] = useState(tenant.external_id ?? '')
  const [subscription, setSubscription] = useState(tenant.subscription)
  const [quietHour, setQuietHour] = useState(tenant.quiet_hour)
  const [timeZone, setTimeZone] = useState(tenant.time_zone)
  const [asking, setAsking] = useState(false)
  const language = useLanguage()
  const [openedAt] = useState(() => new Date())
  const zones = useMemo(() => timeZones(tenant.time_zone, language, openedAt), [tenant.time_zone, language, openedAt])
  const change: TenantUpdate = {
    ...(name.trim() === tenant.name ? {} : { name: name.trim() }),
    ...(externalId.trim() === (tenant.external_id ?? '') ? {} : { external_id: externalId.trim() === '' ? null : externalId.trim() }),
    ...(subscription === tenant.subscription ? {} : { subscription }),
    ...(quietHour === tenant.quiet_hour ? {} : { quiet_hour: quietHour }),
    ...(timeZone === tenant.time_zone ? {} : { time_zone: timeZone }),
  }
  const refresh = () => {
    void queryClient.invalidateQueries({ queryKey: keys.tenant(tenant.id) })
    void queryClient.invalidateQueries({ queryKey: keys.bot(tenant.id) })
    void queryClient.invalidateQueries({ queryKey: keys.overview })
  }
  const save = useMutation({
    mutationFn: () => updateTenant(tenant.id, change),
    onSuccess: ({ bot_token, updated_at }) => {
      setAsking(false)
      onSaved(updated_at)
      if (bot_token !== undefined) onToken(bot_token)
      refresh()
    },
  })
  const editing =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value)
      if (save.isError) save.reset()
    }
  const faults = useFieldErrors(asking ? null : save.error, ['name', 'external_id', 'subscription', 'quiet_hour', 'time_zone'])
  const unchanged = Object.keys(change).length === 0
  return (
    <Card>
      <CardTitle help={t('tenant.edit.help')}>{t('tenant.edit')}</CardTitle>
      <form
        className="grid max-w-2xl gap-4 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (change.subscription === 'cancelled') setAsking(true)
          else if (!unchanged) save.mutate()
        }}
      >
        <TextField
          label={t('tenants.name')}
          required
          maxLength={200}
          value={name}
          onChange={(event) => editing(setName)(event.target.value)}
          data-testid="tenant-name"
          {...faults.at('name')}
        />
        <TextField
          label={t('tenants.external-id')}
          maxLength={200}
          value={externalId}
          onChange={(event) => editing(setExternalId)(event.target.value)}
          {...faults.at('external_id')}
        />
        <SelectField
          label={t('subscription.label')}
          hint={t(`subscription.hint.${subscription}`)}
          value={subscription}
          onChange={(event) => editing(setSubscription)(Subscription.parse(event.target.value))}
          data-testid="subscription"
          {...faults.at('subscription')}
        >
          {Subscription.options.map((option) => (
            <option key={option} value={option}>
              {t(`subscription.${option}`)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('tenants.quiet-hour')}
          hint={t('tenants.quiet-hour.hint')}
          value={quietHour}
          onChange={(event) => editing(setQuietHour)(Number(event.target.value))}
          data-testid="quiet-hour"
          {...faults.at('quiet_hour')}
        >
          {HOURS.map((hour) => (
            <option key={hour} value={hour}>
              {`${String(hour).padStart(2, '0')}:00`}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('tenants.time-zone')}
          hint={t('tenants.time-zone.hint')}
          value={timeZone}
          onChange={(event) => editing(setTimeZone)(event.target.value)}
          data-testid="time-zone"
          {...faults.at('time_zone')}
        >
          {[zones.brazil, zones.others].map((group, nr) => (
            <optgroup key={nr} label={t(nr === 0 ? 'tenants.time-zone.brazil' : 'tenants.time-zone.others')}>
              {group.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectField>
        <div className="space-y-3 sm:col-span-2">
          <ProblemNotice error={faults.rest} />
          <Button
            type="submit"
            look="primary"
            disabled={(unchanged && !save.isSuccess) || name.trim() === ''}
            busy={save.isPending}
            data-testid="tenant-save"
          >
            {t(save.isSuccess && unchanged ? 'common.saved' : 'common.save')}
          </Button>
        </div>
      </form>
      <LeaveQuestion dirty={!unchanged && !save.isPending} confirm={t('leave.confirm')}>
        {t('leave.text')}
      </LeaveQuestion>
      <Confirm
        open={asking}
        danger
        title={t('subscription.cancel.title')}
        confirm={t('subscription.cancel.confirm')}
        busy={save.isPending}
        onCancel={() => setAsking(false)}
        onConfirm={() => save.mutate()}
        error={<ProblemNotice error={save.error} className="mt-3" />}
      >
        {t('subscription.hint.cancelled')}
      </Confirm>
    </Card>
  )
}
