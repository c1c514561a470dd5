import { ControlButton, useReactFlow } from '@xyflow/react'
import { Maximize, Minus, Plus, type LucideIcon } from 'lucide-react'
import type { MessageId } from '../../../i18n/messages.ts'
import { useT } from '../../../i18n/use-t.ts'
import type { Layout } from './layout.ts'
import { allOf, duration, useBox } from './sight.ts'

/** Larger, smaller, and all of it, however small. `onChoose` hears whether a person chose what is in sight. */
export function ZoomButtons({ layout, onChoose }: { layout: Layout; onChoose: (chosen: boolean) => void }) {
  const { setViewport, zoomIn, zoomOut } = useReactFlow()
  const box = useBox()
  const zoom = (go: typeof zoomIn) => () => {
    onChoose(true)
    void go({ duration: duration() })
  }
  const fit = () => {
    onChoose(false)
    void setViewport(allOf(layout, box), { duration: duration() })
  }
  return (
    <>
      <ZoomButton icon={Plus} label={'flow.picture.zoom-in'} onClick={zoom(zoomIn)} />
      <ZoomButton icon={Minus} label={'flow.picture.zoom-out'} onClick={zoom(zoomOut)} />
      <ZoomButton icon={Maximize} label={'flow.picture.fit'} onClick={fit} />
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
