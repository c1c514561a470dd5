import { ChevronDown } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'

/** Back to the end; says how much has come there meanwhile. */
export function ToEnd({ news, onClick }: { news: number; onClick: () => void }) {
  const t = useT()
  return (
    <Button
      size={news === 0 ? 'icon' : 'sm'}
      className="absolute right-4 bottom-3 rounded-full shadow-md"
      onClick={onClick}
      aria-label={news === 0 ? t('messages.to-end') : undefined}
      data-testid="to-end"
    >
      <ChevronDown aria-hidden />
      {news > 0 && t('messages.new', { count: news })}
    </Button>
  )
}
