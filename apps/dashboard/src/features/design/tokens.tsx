import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { Sample, Section, State, States } from './sample.tsx'
import { useMeasured } from './use-measured.ts'

const TYPE = ['text-2xl', 'text-xl', 'text-lg', 'text-base', 'text-sm', 'text-xs'] as const

export function Type() {
  const t = useT()
  return (
    <Section title={t('design.type')}>
      {TYPE.map((size) => (
        <TypeRow key={size} size={size} />
      ))}
      <TypeRow size="font-mono text-sm" />
    </Section>
  )
}

function TypeRow({ size }: { size: string }) {
  const t = useT()
  const [ref, measured] = useMeasured(({ fontSize, lineHeight }) => `${fontSize} / ${lineHeight}`)
  return (
    <State name={`${size} · ${measured}`}>
      <p ref={ref} className={size}>
        {t('design.sample')} <b className="font-semibold">{t('design.sample')}</b>
      </p>
    </State>
  )
}

const SPACE = ['w-1', 'w-2', 'w-3', 'w-4', 'w-5', 'w-6', 'w-8', 'w-12'] as const
const RADII = ['rounded-control', 'rounded-card', 'rounded-full'] as const

export function Space() {
  const t = useT()
  return (
    <Section title={t('design.space')}>
      <States>
        {SPACE.map((width) => (
          <State key={width} name={`${width.slice(2)} · ${Number(width.slice(2)) * 4} px`}>
            <div className={cn('h-8 bg-accent', width)} />
          </State>
        ))}
        {RADII.map((radius) => (
          <State key={radius} name={radius}>
            <div className={cn('size-16 border-2 border-accent bg-accent-soft', radius)} />
          </State>
        ))}
      </States>
    </Section>
  )
}

const DURATIONS = ['fast', 'calm', 'slow'] as const
const ONCE = ['animate-fade', 'animate-rise', 'animate-pop'] as const
const ALWAYS = ['animate-spin', 'animate-pulse'] as const

export function Motion() {
  const t = useT()
  const [round, setRound] = useState(0)
  return (
    <Section title={t('design.motion')} help={t('design.motion.help')}>
      <States>
        {ONCE.map((name) => (
          <State key={name} name={name}>
            <div key={round} className={cn('size-12 rounded-control bg-accent', name)} />
          </State>
        ))}
        <Button size="sm" onClick={() => setRound(round + 1)}>
          {t('design.motion.again')}
        </Button>
        {ALWAYS.map((name) => (
          <State key={name} name={name}>
            <div className={cn('size-12 rounded-control border-4 border-accent border-r-transparent', name)} />
          </State>
        ))}
      </States>
      <dl className="grid max-w-md grid-cols-2 gap-2 text-sm">
        {DURATIONS.map((name) => (
          <Duration key={name} name={name} />
        ))}
      </dl>
    </Section>
  )
}

function Duration({ name }: { name: string }) {
  const [ref, measured] = useMeasured((style) => style.getPropertyValue(`--transition-duration-${name}`))
  return (
    <>
      <dt className="font-mono">{name}</dt>
      <dd ref={ref} className="tabular-nums">
        {measured}
      </dd>
    </>
  )
}

const SHADOWS = ['shadow-card', 'shadow-float', 'shadow-modal'] as const
const LAYERS = ['z-stuck', 'z-menu', 'z-scrim', 'z-modal', 'z-skip'] as const

export function Depth() {
  const t = useT()
  return (
    <Section title={t('design.depth')}>
      <States className="gap-8">
        {SHADOWS.map((shadow) => (
          <State key={shadow} name={shadow}>
            <div className={cn('size-24 rounded-card border bg-surface', shadow)} />
          </State>
        ))}
      </States>
      <Sample of="z-index">
        <ol className="flex flex-wrap gap-2 font-mono text-xs">
          {LAYERS.map((layer) => (
            <Layer key={layer} layer={layer} />
          ))}
        </ol>
      </Sample>
    </Section>
  )
}

function Layer({ layer }: { layer: string }) {
  const [ref, measured] = useMeasured(({ zIndex }) => zIndex)
  return (
    <li ref={ref} className={cn('rounded-control border bg-surface px-3 py-2', layer)}>
      {layer} {measured}
    </li>
  )
}
