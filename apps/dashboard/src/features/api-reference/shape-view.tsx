import { ChevronRight } from 'lucide-react'
import { createContext, useContext, useState, type ReactNode } from 'react'
import { useT, type Translate } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import type { JsonSchema } from './document.ts'
import { Code, Prose } from './prose.tsx'
import { shapeOf, type Field, type Limit, type Shape } from './shape.ts'

/** The document's named schemas, for whoever is opened. */
export const Schemas = createContext<Readonly<Record<string, JsonSchema>>>({})

/** Inside an answer what is always there is not worth a word; in a request it is. */
export const Answered = createContext(false)

/** What is in a body or an answer: its fields, or what it is one of. */
export function ShapeView({ schema }: { schema: JsonSchema }) {
  return <Inside shape={shapeOf(schema, useContext(Schemas))} />
}

function Inside({ shape }: { shape: Shape }) {
  const t = useT()
  if (shape.variants.length > 0)
    return (
      <>
        <p className="py-2 text-sm text-ink-soft">{t('reference.one-of')}</p>
        <ul className="space-y-1.5">
          {shape.variants.map(({ label, schema }) => (
            <li key={label}>
              <Opened summary={<Code>{label}</Code>}>
                <ShapeView schema={schema} />
              </Opened>
            </li>
          ))}
        </ul>
      </>
    )
  return <Fields fields={shape.fields} />
}

export function Fields({ fields }: { fields: readonly (Field & { text?: string | undefined })[] }) {
  return (
    <ul className="divide-y">
      {fields.map((field) => (
        <FieldRow key={field.name} {...field} />
      ))}
    </ul>
  )
}

function FieldRow({ name, required, schema, text }: Field & { text?: string | undefined }) {
  const t = useT()
  const shape = shapeOf(schema, useContext(Schemas))
  const answered = useContext(Answered)
  const said = text ?? shape.text
  return (
    <li className="py-2.5 text-sm">
      <p className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <code className="font-mono font-semibold break-all">{name === '*' ? t('reference.any-name') : name}</code>
        <span className="font-mono text-xs text-ink-soft" lang="en">
          {shape.type}
          {shape.nullable && ' | null'}
        </span>
        {required !== answered && (
          <span className={cn('text-xs', required ? 'font-medium text-warn' : 'text-ink-soft')}>
            {required ? t('reference.required') : t('reference.not-always')}
          </span>
        )}
      </p>
      {said !== undefined && (
        <Prose className="mt-0.5 block text-ink-soft" lang="en">
          {said}
        </Prose>
      )}
      <Limits choices={shape.choices} limits={shape.limits} />
      {(shape.fields.length > 0 || shape.variants.length > 0) && (
        <div className="mt-1.5">
          <Opened summary={<span className="text-sm">{t('reference.fields', { name })}</span>}>
            <Inside shape={shape} />
          </Opened>
        </div>
      )}
    </li>
  )
}

function Limits({ choices, limits }: { choices: readonly string[]; limits: readonly Limit[] }) {
  const t = useT()
  return (
    <>
      {choices.length > 0 && (
        <p className="mt-1 flex flex-wrap gap-1" lang="en">
          {choices.map((word) => (
            <Code key={word}>{word}</Code>
          ))}
        </p>
      )}
      {limits.length > 0 && (
        <p className="mt-0.5 text-xs break-words text-ink-soft">{limits.map((limit) => limitText(limit, t)).join(' · ')}</p>
      )}
    </>
  )
}

function limitText(limit: Limit, t: Translate): string {
  switch (limit.kind) {
    case 'default':
      return t('reference.limit.default', { value: limit.is })
    case 'pattern':
      return t('reference.limit.pattern', { pattern: limit.is })
    case 'filled':
      return t('reference.limit.filled')
    case 'length':
      return t('reference.limit.length', { range: range(limit) })
    case 'items':
      return t('reference.limit.items', { range: range(limit) })
    case 'value':
      return t('reference.limit.value', { range: range(limit) })
    default:
      return limit satisfies never
  }
}

/** `1–200`, `≥ 1`, `≤ 200`, the same in every language. */
const range = ({ from, to }: { from: number | undefined; to: number | undefined }): string =>
  from === undefined ? `≤ ${to}` : to === undefined ? `≥ ${from}` : from === to ? String(from) : `${from}–${to}`

/** Something to open. What is inside is made then: schemas are deep. */
export function Opened({ summary, children, testId }: { summary: ReactNode; children: ReactNode; testId?: string }) {
  const [open, setOpen] = useState(false)
  return (
    <details className="rounded-control border" onToggle={(event) => setOpen(event.currentTarget.open)} data-testid={testId}>
      <summary className="flex min-h-9 list-none items-center gap-1.5 rounded-control px-2.5 py-1.5 text-sm hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 shrink-0 text-ink-soft transition-transform [details[open]>summary>&]:rotate-90" aria-hidden />
        {summary}
      </summary>
      {open && <div className="border-t px-3 pb-2">{children}</div>}
    </details>
  )
}
