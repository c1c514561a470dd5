import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ApiKey } from '@zaptria/contract'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { apiKeysQuery, createApiKey, revokeApiKey } from './api-keys.ts'

export function ApiKeysCard() {
  const t = useT()
  const list = useQuery(apiKeysQuery)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  return (
    <Card>
      <CardTitle
        help={
          <>
            {t('api-keys.help')}{' '}
            <Link to="/api-reference" className="text-accent underline" data-testid="api-reference-link">
              {t('api-keys.docs')}
            </Link>
          </>
        }
      >
        {t('api-keys.title')}
      </CardTitle>
      <CreateKey />
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} className="mt-4" />
      {list.isPending && <Loading lines={2} />}
      {list.data?.items.length === 0 && <p className="mt-4 text-sm text-ink-soft">{t('api-keys.none')}</p>}
      <ul className="mt-4 divide-y">
        {list.data?.items.map((key) => (
          <li key={key.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-3" data-testid="api-key">
            <div className="min-w-0 flex-1 basis-60">
              <p className="truncate font-medium">{key.name}</p>
              <p className="text-sm text-ink-soft">
                <code className="font-mono">{key.prefix}…</code> · {t('api-keys.created-at')} <TimeAgo at={key.created_at} /> ·{' '}
                {key.last_used_at === null ? (
                  t('api-keys.never-used')
                ) : (
                  <>
                    {t('api-keys.used-at')} <TimeAgo at={key.last_used_at} />
                  </>
                )}
              </p>
            </div>
            <Button
              size="sm"
              look="danger-quiet"
              aria-label={t('api-keys.revoke.label', { name: key.name })}
              onClick={() => setRevoking(key)}
              data-testid="api-key-revoke"
            >
              {t('api-keys.revoke')}
            </Button>
          </li>
        ))}
      </ul>
      {revoking !== null && <RevokeKey apiKey={revoking} onClose={() => setRevoking(null)} />}
    </Card>
  )
}

function CreateKey() {
  const t = useT()
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const [deed, setDeed] = useState(() => crypto.randomUUID())
  const create = useMutation({
    mutationFn: () => createApiKey(name.trim(), deed),
    onSuccess: () => {
      setName('')
      setDeed(crypto.randomUUID())
      void queryClient.invalidateQueries({ queryKey: keys.apiKeys })
    },
  })
  return (
    <>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <div className="min-w-0 flex-1 basis-56">
          <TextField
            label={t('api-keys.name')}
            placeholder={t('api-keys.name.hint')}
            required
            maxLength={100}
            value={name}
            onChange={(event) => {
              setName(event.target.value)
              setDeed(crypto.randomUUID())
            }}
            data-testid="api-key-name"
          />
        </div>
        <Button type="submit" busy={create.isPending} data-testid="api-key-create">
          {t('api-keys.create')}
        </Button>
      </form>
      <ProblemNotice error={create.error} className="mt-3" />
      {create.data !== undefined && (
        <Dialog open onClose={() => create.reset()} title={t('api-keys.created')} dismissable={false}>
          <div className="space-y-3">
            <CopyField value={create.data.key} label={create.data.name} testId="api-key-value" />
            <Notice tone="warn" title={t('api-keys.once')}>
              {t('api-keys.once.why')}
            </Notice>
          </div>
        </Dialog>
      )}
    </>
  )
}

function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const t = useT()
  const queryClient = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => revokeApiKey(apiKey.id),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: keys.apiKeys })
      onClose()
    },
  })
  return (
    <Confirm
      open
      danger
      title={t('api-keys.revoke.title', { name: apiKey.name })}
      confirm={t('api-keys.revoke')}
      busy={revoke.isPending}
      onCancel={onClose}
      onConfirm={() => revoke.mutate()}
      error={<ProblemNotice error={revoke.error} className="mt-3" />}
    >
      {t('api-keys.revoke.text')}
    </Confirm>
  )
}
