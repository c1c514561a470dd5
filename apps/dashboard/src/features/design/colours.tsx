import { useLanguage, useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { contrast, OUTLINE_PAIRS, TEXT_PAIRS, type Pair } from '../../ui/contrast.ts'
import { Section } from './sample.tsx'
import { useColours } from './use-measured.ts'

const COLOURS = [
  ['canvas', 'surface', 'sunken', 'line', 'line-strong', 'ink', 'ink-soft', 'ring', 'scrim'],
  ['accent', 'accent-hover', 'on-accent', 'accent-soft', 'on-accent-soft'],
  ['ok', 'ok-soft', 'info', 'info-soft', 'warn', 'warn-soft', 'bad', 'bad-hover', 'bad-soft', 'on-bad'],
  ['bubble-in', 'bubble-out', 'bubble-bot'],
]

export function Colours() {
  const t = useT()
  const { rgb } = useColours([...new Set([...TEXT_PAIRS, ...OUTLINE_PAIRS].flat())])
  return (
    <>
      <Section title={t('design.colours')}>
        {COLOURS.map((names) => (
          <ul key={names[0]} className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
            {names.map((name) => (
              <li key={name} className="flex items-center gap-2.5">
                <span className="size-10 shrink-0 rounded-control border border-line-strong/60" style={{ background: `var(--${name})` }} />
                <code className="min-w-0 font-mono text-xs break-words">{name}</code>
              </li>
            ))}
          </ul>
        ))}
      </Section>
      <Section title={t('design.contrast')} help={t('design.contrast.help')}>
        <ul className="grid grid-cols-2 gap-2 sm:grid-cols-3 lg:grid-cols-5">
          {TEXT_PAIRS.map((pair) => (
            <PairTile key={pair.join()} pair={pair} ratio={ratioOf(rgb, pair)} />
          ))}
          {OUTLINE_PAIRS.map((pair) => (
            <PairTile key={pair.join()} pair={pair} ratio={ratioOf(rgb, pair)} outline />
          ))}
        </ul>
      </Section>
    </>
  )
}

function ratioOf(rgb: ReadonlyMap<string, readonly number[]>, [ink, on]: Pair): number | null {
  const [one, other] = [rgb.get(ink), rgb.get(on)]
  return one === undefined || other === undefined ? null : contrast(one, other)
}

function PairTile({ pair: [ink, on], ratio, outline = false }: { pair: Pair; ratio: number | null; outline?: boolean }) {
  const language = useLanguage()
  const number = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  return (
    <li
      className={cn('rounded-control px-3 py-2 text-xs', outline && 'border-2')}
      style={
        outline ? { borderColor: `var(--${ink})`, background: `var(--${on})` } : { color: `var(--${ink})`, background: `var(--${on})` }
      }
      data-contrast={ratio?.toFixed(2)}
    >
      <code className="block font-mono break-words">
        {ink} / {on}
      </code>
      <span className="text-base font-semibold tabular-nums">{ratio === null ? '–' : `${number.format(ratio)}:1`}</span>
    </li>
  )
}
