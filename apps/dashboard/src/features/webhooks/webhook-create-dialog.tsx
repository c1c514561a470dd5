import { useMutation, useQueryClient } from '@tanstack/react-query'
import { WebhookSubscription } from '@zaptria/contract'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { SwitchField } from '../../ui/switch-field.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { useFieldErrors } from '../../ui/use-field-errors.ts'
import { SecretOnce } from './secret-once.tsx'
import { createWebhook } from './webhooks.ts'

/** Asks where to and of what, then shows the secret, once. */
export function WebhookCreateDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = useT()
  const queryClient = useQueryClient()
  const [url, setUrl] = useState('')
  const [description, setDescription] = useState('')
  /** Null: everything, also what is yet to come. */
  const [events, setEvents] = useState<WebhookSubscription[] | null>(null)
  const [deed, setDeed] = useState(() => crypto.randomUUID())
  const create = useMutation({
    mutationFn: () => createWebhook(tenant, { url: url.trim(), description: description.trim(), events }, deed),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: keys.webhooks(tenant) }),
  })
  /** Another content is another deed; a retry of the same is not. */
  const changing =
    <T,>(set: (value: T) => void) =>
    (value: T): void => {
      set(value)
      setDeed(crypto.randomUUID())
      if (create.isError) create.reset()
    }
  const [changeUrl, changeDescription, changeEvents] = [changing(setUrl), changing(setDescription), changing(setEvents)]
  const faults = useFieldErrors(create.error, ['url', 'description'])
  if (create.data !== undefined) {
    return (
      <Dialog open onClose={onClose} title={t('webhooks.created')} dismissable={false}>
        <SecretOnce secret={create.data.secret} label={t('webhooks.secret')} onDone={onClose} />
      </Dialog>
    )
  }
  return (
    <Dialog open onClose={onClose} title={t('webhooks.create')}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <TextField
          label={t('webhooks.url')}
          placeholder="https://app.example.com/webhooks"
          type="url"
          required
          maxLength={2000}
          value={url}
          onChange={(event) => changeUrl(event.target.value)}
          data-testid="webhook-url"
          {...faults.at('url')}
        />
        <TextField
          label={t('webhooks.description')}
          maxLength={200}
          value={description}
          onChange={(event) => changeDescription(event.target.value)}
          {...faults.at('description')}
        />
        <SwitchField
          label={t('webhooks.all')}
          hint={t('webhooks.all.hint')}
          checked={events === null}
          onChange={(all) => changeEvents(all ? null : [...WebhookSubscription.options])}
          testId="webhook-all"
        />
        {events !== null &&
          WebhookSubscription.options.map((type) => (
            <SwitchField
              key={type}
              label={t(`webhook-event.${type}`)}
              checked={events.includes(type)}
              onChange={(on) => changeEvents(on ? [...events, type] : events.filter((each) => each !== type))}
            />
          ))}
        <ProblemNotice error={faults.rest} />
        <Button type="submit" look="primary" busy={create.isPending} disabled={events?.length === 0} data-testid="webhook-create">
          {t('webhooks.create')}
        </Button>
      </form>
    </Dialog>
  )
}
