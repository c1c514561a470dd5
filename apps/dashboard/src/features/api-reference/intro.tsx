import { Link } from '@tanstack/react-router'
import { API_BASE, WebhookEventType } from '@zaptria/contract'
import type { ReactNode } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { CodeBlock } from './code-block.tsx'
import { REFUSALS } from './document.ts'
import { Refusals } from './operation.tsx'
import { Code, Prose } from './prose.tsx'
import { Opened } from './shape-view.tsx'

/** What is the same for every request, before the requests. */
export const CHAPTERS = [
  { id: 'authentication', title: 'reference.auth', Body: Authentication },
  { id: 'idempotency', title: 'reference.idempotency', Body: Idempotency },
  { id: 'errors', title: 'reference.errors', Body: Errors },
  { id: 'paging', title: 'reference.paging', Body: Paging },
  { id: 'limits', title: 'reference.limits', Body: Limits },
  { id: 'receiving', title: 'reference.receiving', Body: Receiving },
] as const

type Props = { address: string }

export function Chapters({ address }: Props) {
  const t = useT()
  return CHAPTERS.map(({ id, title, Body }) => (
    <section
      key={id}
      id={id}
      aria-labelledby={`${id}-title`}
      className="max-w-3xl scroll-mt-28 sm:scroll-mt-20 space-y-3 border-t py-7 text-sm"
    >
      <h2 id={`${id}-title`} className="text-lg font-semibold">
        {t(title)}
      </h2>
      <Body address={address} />
    </section>
  ))
}

const P = ({ children }: { children: string }) => (
  <p>
    <Prose>{children}</Prose>
  </p>
)

function Authentication({ address }: Props) {
  const t = useT()
  const code = `curl ${address}${API_BASE}/tenants \\\n  -H "Authorization: Bearer $ZAPTRIA_API_KEY"`
  return (
    <>
      <P>{t('reference.auth.text')}</P>
      <CodeBlock code={code} label={t('reference.auth')} />
      <p>
        {t('reference.auth.care')}{' '}
        <Link to="/settings" className="text-accent underline">
          {t('reference.auth.make')}
        </Link>
      </p>
      <P>{t('reference.auth.format')}</P>
    </>
  )
}

function Idempotency() {
  const t = useT()
  return (
    <>
      <P>{t('reference.idempotency.text')}</P>
      <P>{t('reference.idempotency.again')}</P>
    </>
  )
}

const PROBLEM = `HTTP/1.1 409 Conflict
Content-Type: application/problem+json

{
  "type": "https://zaptria.com/errors/bot_not_running",
  "title": "The bot is not running.",
  "status": 409,
  "code": "bot_not_running",
  "hint": "Start it with POST …/bot/start, then try again.",
  "instance": "urn:zaptria:request:7b1c…"
}`

function Errors() {
  const t = useT()
  return (
    <>
      <P>{t('reference.errors.text')}</P>
      <CodeBlock code={PROBLEM} label={t('reference.errors')} />
      <P>{t('reference.errors.fields')}</P>
      <Opened summary={<span className="font-medium">{t('reference.errors.all')}</span>} testId="reference-catalogue">
        <Refusals list={REFUSALS} />
      </Opened>
    </>
  )
}

function Paging({ address }: Props) {
  const t = useT()
  const code = `let more = ''
while (more !== null) {
  const response = await fetch(\`${address}${API_BASE}/tenants?limit=200\${more}\`, { headers })
  const page = await response.json()
  for (const tenant of page.items) console.log(tenant.name)
  more = page.next === null ? null : \`&cursor=\${encodeURIComponent(page.next)}\`
}`
  return (
    <>
      <P>{t('reference.paging.text')}</P>
      <CodeBlock code={code} label={t('reference.paging')} />
    </>
  )
}

function Limits() {
  const t = useT()
  return (
    <>
      <P>{t('reference.limits.text')}</P>
      <P>{t('reference.limits.size')}</P>
    </>
  )
}

const VERIFY = `import { Webhook } from 'standardwebhooks' // also for PHP, Python, Go, Ruby, Java, …

const webhook = new Webhook(process.env.ZAPTRIA_WEBHOOK_SECRET)
// Throws when it is not ours, or more than five minutes old. The body as it came, not parsed.
const event = webhook.verify(body, headers)`

function Receiving() {
  const t = useT()
  const list: [string, ReactNode][] = WebhookEventType.options.map((type) => [type, t(`webhook-event.${type}`)])
  return (
    <>
      <P>{t('reference.receiving.text')}</P>
      <ul className="divide-y rounded-control border px-3">
        {list.map(([type, text]) => (
          <li key={type} className="flex flex-wrap items-baseline gap-x-3 py-1.5">
            <Code>{type}</Code>
            <span className="text-ink-soft">{text}</span>
          </li>
        ))}
      </ul>
      <P>{t('reference.receiving.sign')}</P>
      <CodeBlock code={VERIFY} label={t('reference.receiving')} />
      <P>{t('reference.receiving.answer')}</P>
      <P>{t('reference.receiving.promise')}</P>
    </>
  )
}
