/** Keys as they are printed; `Mod` is Ctrl, or Cmd on a Mac. */
export function Keys({ keys, mac }: { keys: readonly string[]; mac: boolean }) {
  return (
    <span className="inline-flex gap-1">
      {keys.map((key) => (
        <kbd key={key} className="rounded border bg-sunken px-1.5 py-0.5 font-mono text-xs text-ink-soft">
          {key === 'Mod' ? (mac ? '⌘' : 'Ctrl') : key}
        </kbd>
      ))}
    </span>
  )
}
