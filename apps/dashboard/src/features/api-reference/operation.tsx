import { Link2 } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { CodeBlock } from './code-block.tsx'
import type { Operation, Parameter, Refusal } from './document.ts'
import { Code, Prose } from './prose.tsx'
import { Samples } from './samples.tsx'
import { Answered, Fields, Opened, ShapeView } from './shape-view.tsx'

const LOOKS: Record<string, string> = {
  GET: 'bg-info-soft text-info',
  POST: 'bg-ok-soft text-ok',
  PUT: 'bg-warn-soft text-warn',
  PATCH: 'bg-warn-soft text-warn',
  DELETE: 'bg-bad-soft text-bad',
}

export function Method({ children, className }: { children: string; className?: string }) {
  return (
    <span className={cn('rounded px-1.5 py-0.5 font-mono text-xs font-semibold', LOOKS[children] ?? 'bg-sunken text-ink-soft', className)}>
      {children}
    </span>
  )
}

/** One request: what it does, what it takes, what it answers, how it is refused; beside it, how it is written. */
export function OperationView({ operation }: { operation: Operation }) {
  const t = useT()
  const { id, method, path, title, text, body, answer, refusals, samples } = operation
  return (
    <article
      id={id}
      aria-labelledby={`${id}-title`}
      data-testid="reference-operation"
      className="grid scroll-mt-28 sm:scroll-mt-20 gap-x-8 gap-y-4 border-t py-8 xl:grid-cols-2"
    >
      <div className="min-w-0 space-y-4">
        <header>
          <h3 id={`${id}-title`} className="group text-lg font-semibold" lang="en">
            {title}{' '}
            <a
              href={`#${id}`}
              aria-label={t('reference.link', { title })}
              className="inline-flex size-7 items-center justify-center rounded align-middle text-ink-soft opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
            >
              <Link2 className="size-4" aria-hidden />
            </a>
          </h3>
          <p className="mt-1.5 flex items-baseline gap-2">
            <Method>{method}</Method>
            <Path>{path}</Path>
          </p>
          {text !== undefined && (
            <p className="mt-2 text-sm">
              <Prose lang="en">{text}</Prose>
            </p>
          )}
          <Asker by={operation.by} />
        </header>
        <Parameters title={t('reference.in-path')} list={operation.inPath} />
        <Parameters title={t('reference.in-query')} list={operation.inQuery} />
        <Parameters title={t('reference.in-header')} list={operation.inHeader} />
        {body !== null && (
          <Part title={t('reference.body')} aside={<Code>{body.type}</Code>}>
            {body.type === 'application/json' ? <ShapeView schema={body.schema} /> : <p className="text-sm">{t('reference.body.file')}</p>}
          </Part>
        )}
        <Answer answer={answer} />
        {refusals.length > 0 && (
          <Opened
            testId="reference-refusals"
            summary={<span className="font-medium">{t('reference.errors.count', { count: refusals.length })}</span>}
          >
            <Refusals list={refusals} />
          </Opened>
        )}
      </div>
      <div className="min-w-0 space-y-3 xl:sticky xl:top-20 xl:self-start">
        <Samples samples={samples} title={title} />
        {answer.example !== undefined && (
          <Opened
            summary={<span className="text-sm">{t('reference.answer.example', { status: answer.status })}</span>}
            testId="reference-answer-example"
          >
            <CodeBlock
              code={JSON.stringify(answer.example, null, 2)}
              label={t('reference.answer.example', { status: answer.status })}
              className="pt-2"
            />
          </Opened>
        )}
      </div>
    </article>
  )
}

/** Long addresses break before a slash, and are copied as they are. */
function Path({ children }: { children: string }) {
  return (
    <code className="min-w-0 font-mono text-sm break-words">
      {children
        .split('/')
        .slice(1)
        .map((part, index) => (
          <Fragment key={index}>
            <wbr />/{part}
          </Fragment>
        ))}
    </code>
  )
}

function Asker({ by }: { by: Operation['by'] }) {
  const t = useT()
  const who = {
    apiKey: t('reference.by.key'),
    session: t('reference.by.session'),
    botToken: t('reference.by.bot'),
    none: t('reference.by.anyone'),
  }
  return <p className="mt-2 text-xs text-ink-soft">{who[by]}</p>
}

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <h4 className="flex flex-wrap items-baseline gap-2 text-sm font-semibold">
        {title}
        {aside}
      </h4>
      {children}
    </section>
  )
}

function Parameters({ title, list }: { title: string; list: readonly Parameter[] }) {
  if (list.length === 0) return null
  return (
    <Part title={title}>
      <Fields fields={list} />
    </Part>
  )
}

function Answer({ answer: { status, text, schema } }: { answer: Operation['answer'] }) {
  const t = useT()
  const summary = (
    <span className="flex flex-wrap items-baseline gap-x-2 font-medium">
      {t('reference.answer')} <Code>{status}</Code>
      <span className="font-normal text-ink-soft" lang="en">
        {text}
      </span>
    </span>
  )
  if (schema === null) return <p className="px-1 text-sm">{summary}</p>
  return (
    <Opened summary={summary} testId="reference-answer">
      <Answered value>
        <ShapeView schema={schema} />
      </Answered>
    </Opened>
  )
}

export function Refusals({ list }: { list: readonly Refusal[] }) {
  return (
    <ul className="divide-y" lang="en">
      {list.map(({ code, status, message, hint }) => (
        <li key={code} className="py-2 text-sm">
          <p className="flex flex-wrap items-baseline gap-2">
            <span className="font-mono text-xs text-ink-soft">{status}</span>
            <code className="font-mono font-semibold break-all">{code}</code>
          </p>
          <p className="text-ink-soft">
            {message} <Prose>{hint}</Prose>
          </p>
        </li>
      ))}
    </ul>
  )
}
