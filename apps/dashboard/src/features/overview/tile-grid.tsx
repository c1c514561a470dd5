import { useVirtualizer } from '@tanstack/react-virtual'
import type { OverviewTenant } from '@zaptria/contract'
import { useEffect, useMemo, useRef, useState, type FocusEvent } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { inOrder } from './calm-order.ts'
import { Tile, type View } from './tile.tsx'
import { useGeometry } from './use-geometry.ts'

/** `wish`: what was asked to be seen, and in which order. */
type TileGridProps = { tenants: readonly OverviewTenant[]; view: View; wish: string }

/**
 * Of hundreds of tiles only those in view are drawn. Each stands in its list by itself, at its place, so that the list stays one to who hears it;
 * the page scrolls, not the list.
 */
export function TileGrid({ tenants: sorted, view, wish }: TileGridProps) {
  const t = useT()
  // While somebody points at a tile or has the focus in one, none moves away from under them: what changes is drawn in its place.
  const [held, setHeld] = useState<{ wish: string; ids: readonly string[] } | null>(null)
  const tenants = useMemo(() => (held === null || held.wish !== wish ? sorted : inOrder(sorted, held.ids)), [sorted, held, wish])
  const hold = () => setHeld((old) => (old?.wish === wish ? old : { wish, ids: tenants.map(({ id }) => id) }))
  const release = () => setHeld(null)
  const list = useRef<HTMLUListElement>(null)
  const { columns, rowPx, gapPx, top } = useGeometry(list, view)
  // oxlint-disable-next-line react/incompatible-library -- it is about the React Compiler, which is not used here
  const rows = useVirtualizer({
    count: Math.ceil(tenants.length / columns),
    getScrollElement: () => document.querySelector<HTMLElement>('#content'),
    estimateSize: () => rowPx,
    scrollMargin: top,
    gap: gapPx,
    overscan: 3,
  })
  useEffect(() => rows.measure(), [rows, rowPx, gapPx])
  const leave = (event: FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget)) release()
  }
  return (
    <ul
      ref={list}
      data-testid="tenants"
      data-total={tenants.length}
      aria-label={t('tenants.title')}
      className={cn('relative', view === 'rows' && 'overflow-hidden rounded-card border bg-surface')}
      style={{ height: rows.getTotalSize() }}
      onPointerEnter={(event) => event.pointerType === 'mouse' && hold()}
      onPointerLeave={(event) => event.pointerType === 'mouse' && release()}
      onFocus={hold}
      onBlur={leave}
    >
      {rows.getVirtualItems().flatMap((row) =>
        tenants.slice(row.index * columns, (row.index + 1) * columns).map((tenant, column) => (
          <li
            key={tenant.id}
            data-testid="tenant"
            data-tenant={tenant.id}
            aria-setsize={tenants.length}
            aria-posinset={row.index * columns + column + 1}
            className="absolute top-0"
            style={{
              height: rowPx,
              width: `calc((100% - ${gapPx * (columns - 1)}px) / ${columns})`,
              left: `calc((100% + ${gapPx}px) / ${columns} * ${column})`,
              transform: `translateY(${row.start - top}px)`,
            }}
          >
            <Tile tenant={tenant} view={view} />
          </li>
        )),
      )}
    </ul>
  )
}
