import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import type { Noun } from './document.ts'
import { CHAPTERS } from './intro.tsx'

/** Where one can go: the chapters, then each noun with its requests. The noun that is being read is open. */
export function Contents({
  nouns,
  reading,
  filtered,
  onGo,
}: {
  nouns: readonly Noun[]
  reading: string | null
  filtered: boolean
  onGo?: () => void
}) {
  const t = useT()
  return (
    <div className="space-y-1 text-sm">
      {!filtered && (
        <ul className="mb-4 border-b pb-4">
          {CHAPTERS.map(({ id, title }) => (
            <li key={id}>
              <Entry id={id} reading={reading} onGo={onGo}>
                {t(title)}
              </Entry>
            </li>
          ))}
        </ul>
      )}
      {nouns.map((noun) => {
        const here = reading === noun.id || noun.operations.some(({ id }) => id === reading)
        return (
          <div key={noun.id} lang="en">
            <Entry id={noun.id} reading={reading} onGo={onGo} className="font-semibold text-ink">
              {noun.title}
            </Entry>
            {(here || filtered) && (
              <ul className="ml-3 border-l pl-1">
                {noun.operations.map(({ id, title }) => (
                  <li key={id}>
                    <Entry id={id} reading={reading} onGo={onGo}>
                      {title}
                    </Entry>
                  </li>
                ))}
              </ul>
            )}
          </div>
        )
      })}
    </div>
  )
}

type EntryProps = { id: string; reading: string | null; children: string; className?: string; onGo?: (() => void) | undefined }

function Entry({ id, reading, children, className, onGo }: EntryProps) {
  return (
    <a
      href={`#${id}`}
      onClick={onGo}
      aria-current={reading === id ? 'location' : undefined}
      className={cn(
        'block rounded-lg px-2 py-1 text-ink-soft hover:bg-sunken hover:text-ink aria-[current]:bg-accent-soft aria-[current]:text-on-accent-soft',
        className,
      )}
    >
      {children}
    </a>
  )
}
