import { useState } from 'react'
import type { MessageId } from '../../i18n/messages.ts'
import { useT } from '../../i18n/use-t.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { SwitchField } from '../../ui/switch-field.tsx'
import { Keys } from './keys.tsx'
import { onMac, setSingleKeys, singleKeys } from './shortcuts.ts'

const SHORTCUTS: { keys: readonly string[]; what: MessageId; single?: boolean }[] = [
  { keys: ['Mod', 'K'], what: 'keyboard.palette' },
  { keys: ['?'], what: 'keyboard.sheet', single: true },
  { keys: ['/'], what: 'keyboard.search', single: true },
  { keys: ['Enter'], what: 'keyboard.send' },
  { keys: ['Shift', 'Enter'], what: 'keyboard.line' },
  { keys: ['Esc'], what: 'keyboard.close' },
  { keys: ['Tab'], what: 'keyboard.next' },
]

/** All shortcuts, and the switch for those of one key. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const t = useT()
  const [single, setSingle] = useState(singleKeys)
  const mac = onMac()
  return (
    <Dialog open onClose={onClose} title={t('keyboard.title')} testId="shortcut-sheet">
      <dl className="divide-y">
        {SHORTCUTS.map(({ keys, what, single: isSingle }) => (
          <div
            key={what}
            className={
              isSingle === true && !single
                ? 'flex items-center justify-between gap-4 py-2 text-ink-soft line-through'
                : 'flex items-center justify-between gap-4 py-2'
            }
          >
            <dt className="text-sm">{t(what)}</dt>
            <dd className="shrink-0">
              <Keys keys={keys} mac={mac} />
            </dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 border-t pt-4">
        <SwitchField
          label={t('keyboard.single')}
          hint={t('keyboard.single.hint')}
          checked={single}
          onChange={(on) => {
            setSingleKeys(on)
            setSingle(on)
          }}
          testId="single-keys"
        />
      </div>
    </Dialog>
  )
}
