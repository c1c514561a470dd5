import { ControlButton, useReactFlow } from '@xyflow/react'
import { Maximize, Minus, Plus, type LucideIcon } from 'lucide-react'
import type { MessageId } from '../../../i18n/messages.ts'
import { useT } from '../../../i18n/use-t.ts'
import type { Layout } from './layout.ts'
import { allOf, duration, useBox } from './sight.ts'

/** Larger, smaller, and all of it, however small. */
export function ZoomButtons({ layout }: { layout: Layout }) {
  const { setViewport, zoomIn, zoomOut } = useReactFlow()
  const box = useBox()
  return (
    <>
      <ZoomButton icon={Plus} label={'flow.picture.zoom-in'} onClick={() => void zoomIn({ duration: duration() })} />
      <ZoomButton icon={Minus} label={'flow.picture.zoom-out'} onClick={() => void zoomOut({ duration: duration() })} />
      <ZoomButton
        icon={Maximize}
        label={'flow.picture.fit'}
        onClick={() => void setViewport(allOf(layout, box), { duration: duration() })}
      />
    </>
  )
}

function ZoomButton({ icon: Icon, label, onClick }: { icon: LucideIcon; label: MessageId; onClick: () => void }) {
  const t = useT()
  return (
    <ControlButton onClick={onClick} aria-label={t(label)} title={t(label)} data-testid={label}>
      <Icon className="fill-none!" aria-hidden />
    </ControlButton>
  )
}
