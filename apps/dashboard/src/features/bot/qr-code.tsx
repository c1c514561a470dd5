import { create } from 'qrcode'
import { useMemo } from 'react'
import { useT } from '../../i18n/use-t.ts'

/** The quiet zone that scanners need, in modules. */
const MARGIN = 3

/** One path for all dark modules: row by row, runs joined. */
export function qrPath(text: string): { path: string; size: number } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  const { size, data } = modules
  let path = ''
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (data[row * size + column] !== 1) continue
      const from = column
      while (column + 1 < size && data[row * size + column + 1] === 1) column++
      path += `M${from + MARGIN} ${row + MARGIN}h${column - from + 1}v1h-${column - from + 1}z`
    }
  }
  return { path, size: size + 2 * MARGIN }
}

/** The QR as SVG: always dark on white, in dark mode too, for phones do not read it inverted. The raw text is in `data-qr`. */
export function QrCode({ text }: { text: string }) {
  const t = useT()
  const { path, size } = useMemo(() => qrPath(text), [text])
  return (
    <svg
      role="img"
      aria-label={t('qr.alt')}
      data-testid="qr"
      data-qr={text}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="aspect-square w-full rounded-card bg-white"
    >
      <path d={path} fill="#000" />
    </svg>
  )
}
