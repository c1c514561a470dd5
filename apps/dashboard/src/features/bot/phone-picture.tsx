import type { ReactNode } from 'react'
import { useT } from '../../i18n/use-t.ts'

export type PhoneKind = 'android' | 'iphone'
export type PhoneScene = 'open' | 'menu' | 'link' | 'point' | 'code'

/**
 * A drawing of the phone's screen with the place to tap marked. It shows what the words beside it say, so that screen readers pass it over.
 * Drawn in 120 × 168 units; no part of WhatsApp's own artwork is in it.
 */
export function PhonePicture({ scene, phone }: { scene: PhoneScene; phone: PhoneKind }) {
  return (
    <svg viewBox="0 0 120 168" className="h-auto w-full" aria-hidden data-scene={scene}>
      <rect x="1.5" y="1.5" width="117" height="165" rx="16" className="fill-surface stroke-line-strong" strokeWidth="2" />
      {phone === 'android' ? (
        <circle cx="60" cy="10" r="2.5" className="fill-line-strong" />
      ) : (
        <rect x="44" y="7" width="32" height="6" rx="3" className="fill-line-strong" />
      )}
      <Scene scene={scene} phone={phone} />
    </svg>
  )
}

function Scene({ scene, phone }: { scene: PhoneScene; phone: PhoneKind }) {
  switch (scene) {
    case 'open':
      return <Home />
    case 'menu':
      return phone === 'android' ? <AndroidMenu /> : <IphoneSettings />
    case 'link':
      return <LinkedDevices />
    case 'point':
      return <Camera />
    case 'code':
      return <CodeEntry />
    default:
      return scene satisfies never
  }
}

/** Where to tap. */
function Mark({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  return (
    <rect
      x={x}
      y={y}
      width={width}
      height={height}
      rx={Math.min(height / 2, 10)}
      className="fill-none stroke-accent motion-safe:animate-pulse"
      strokeWidth="2.5"
    />
  )
}

function Words({
  x,
  y,
  children,
  anchor = 'start',
  size = 7.5,
  className,
}: {
  x: number
  y: number
  children: ReactNode
  anchor?: 'start' | 'middle'
  size?: number
  className: string
}) {
  return (
    <text x={x} y={y} textAnchor={anchor} className={className} fontSize={size}>
      {children}
    </text>
  )
}

const Bar = ({ x, y, width }: { x: number; y: number; width: number }) => (
  <rect x={x} y={y} width={width} height="4" rx="2" className="fill-line" />
)

function Home() {
  const places = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((place) => ({ x: 16 + (place % 3) * 32, y: 36 + Math.floor(place / 3) * 36 }))
  return (
    <>
      {places.map(({ x, y }, place) =>
        place === 4 ? (
          <g key={place}>
            <rect x={x} y={y} width="24" height="24" rx="7" className="fill-ok" />
            <path d={`M${x + 12} ${y + 5.5}a6.5 6.5 0 1 1-3.3 12.1l-3 .9.9-2.9a6.5 6.5 0 0 1 5.4-10.1z`} className="fill-surface" />
          </g>
        ) : (
          <rect key={place} x={x} y={y} width="24" height="24" rx="7" className="fill-sunken" />
        ),
      )}
      <Mark x={44} y={68} width={32} height={32} />
    </>
  )
}

function Chats({ y }: { y: number }) {
  return [0, 1, 2].map((row) => (
    <g key={row}>
      <circle cx="22" cy={y + row * 26} r="8" className="fill-sunken" />
      <Bar x={36} y={y - 5 + row * 26} width={40} />
      <Bar x={36} y={y + 3 + row * 26} width={58} />
    </g>
  ))
}

function AndroidMenu() {
  const t = useT()
  return (
    <>
      <Words x={14} y={31} className="fill-ok font-semibold">
        {t('picture.whatsapp')}
      </Words>
      <Chats y={60} />
      {[24, 29, 34].map((y) => (
        <circle key={y} cx="104" cy={y} r="1.6" className="fill-ink" />
      ))}
      <Mark x={96} y={19} width={16} height={20} />
      <rect x="13" y="44" width="99" height="66" rx="6" className="fill-surface stroke-line-strong" />
      <Bar x={20} y={54} width={42} />
      <Words x={20} y={77} size={6.25} className="fill-ink font-semibold">
        {t('picture.linked-devices')}
      </Words>
      <Bar x={20} y={92} width={50} />
      <Mark x={15} y={66} width={95} height={17} />
    </>
  )
}

function IphoneSettings() {
  const t = useT()
  return (
    <>
      <Words x={60} y={30} anchor="middle" className="fill-ink font-semibold">
        {t('picture.settings')}
      </Words>
      <circle cx="24" cy="48" r="9" className="fill-sunken" />
      <Bar x={40} y={42} width={44} />
      <Bar x={40} y={50} width={60} />
      <rect x="12" y="68" width="96" height="20" rx="6" className="fill-sunken" />
      <Words x={20} y={81} size={6.25} className="fill-ink font-semibold">
        {t('picture.linked-devices')}
      </Words>
      <Mark x={10} y={66} width={100} height={24} />
      <Bar x={20} y={102} width={60} />
      <Bar x={20} y={116} width={48} />
      <path d="M6 138h108" className="stroke-line" />
      {[22, 41, 60, 79].map((x) => (
        <circle key={x} cx={x} cy="150" r="4.5" className="fill-line" />
      ))}
      <circle cx="98" cy="150" r="4.5" className="fill-accent" />
      <Mark x={88} y={140} width={20} height={20} />
    </>
  )
}

function LinkedDevices() {
  const t = useT()
  return (
    <>
      <Words x={60} y={31} anchor="middle" className="fill-ink font-semibold">
        {t('picture.linked-devices')}
      </Words>
      <rect x="34" y="48" width="38" height="28" rx="4" className="fill-sunken stroke-line-strong" />
      <rect x="66" y="54" width="18" height="30" rx="4" className="fill-surface stroke-line-strong" />
      <Bar x={26} y={98} width={68} />
      <rect x="14" y="114" width="92" height="20" rx="10" className="fill-accent" />
      <Words x={60} y={127} anchor="middle" className="fill-on-accent font-semibold">
        {t('picture.link-a-device')}
      </Words>
      <Mark x={10} y={110} width={100} height={28} />
    </>
  )
}

/** Squares of a picture that looks like a QR and is none. */
const CELLS = [3, 7, 10, 12, 16, 18, 21, 23, 27, 30, 31, 34, 38, 40, 45]

function Camera() {
  return (
    <>
      <rect x="8" y="20" width="104" height="132" rx="8" className="fill-ink" />
      <rect x="32" y="56" width="56" height="56" rx="4" className="fill-surface" />
      {[
        [36, 60],
        [70, 60],
        [36, 94],
      ].map(([x, y]) => (
        <rect key={`${x} ${y}`} x={x} y={y} width="14" height="14" rx="2" className="fill-none stroke-ink" strokeWidth="4" />
      ))}
      {CELLS.map((cell) => (
        <rect key={cell} x={54 + (cell % 5) * 6} y={62 + Math.floor(cell / 5) * 5} width="3.6" height="3.6" className="fill-ink" />
      ))}
      <path
        d="M24 62V52a4 4 0 0 1 4-4h10M82 48h10a4 4 0 0 1 4 4v10M96 106v10a4 4 0 0 1-4 4H82M38 120H28a4 4 0 0 1-4-4v-10"
        className="fill-none stroke-accent motion-safe:animate-pulse"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </>
  )
}

function CodeEntry() {
  return (
    <>
      <Bar x={30} y={32} width={60} />
      {[0, 1, 2, 3, 4, 5, 6, 7].map((place) => (
        <rect
          key={place}
          x={9 + place * 12 + (place > 3 ? 6 : 0)}
          y="54"
          width="10"
          height="16"
          rx="2.5"
          className={place < 3 ? 'fill-accent-soft stroke-accent' : 'fill-surface stroke-line-strong'}
        />
      ))}
      <Mark x={5} y={49} width={110} height={26} />
      {[0, 1, 2].map((row) =>
        [0, 1, 2, 3, 4, 5, 6, 7].map((key) => (
          <rect key={`${row} ${key}`} x={12 + key * 12.2} y={104 + row * 16} width="10" height="12" rx="2" className="fill-sunken" />
        )),
      )}
    </>
  )
}
