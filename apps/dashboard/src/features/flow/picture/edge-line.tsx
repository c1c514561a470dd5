import { EdgeLabelRenderer, type Edge, type EdgeProps } from '@xyflow/react'
import { cn } from '../../../ui/cn.ts'
import type { PlacedEdge } from './layout.ts'
import { arrowAt, smoothPath } from './path.ts'

export type LineEdge = Edge<{ placed: PlacedEdge; label: string; usual: boolean }, 'line'>

/** A line as the layout laid it, with its arrow and its label. What is not the usual way is dashed. */
export function EdgeLine({ data }: EdgeProps<LineEdge>) {
  if (data === undefined) return null
  const { placed, label, usual } = data
  const arrow = arrowAt(placed.points)
  return (
    <>
      <path
        d={smoothPath(placed.points)}
        className="fill-none stroke-line-strong"
        strokeWidth={1.5}
        strokeDasharray={usual ? undefined : '5 4'}
      />
      {arrow !== null && (
        <path
          d="M -8 -4.5 L 0 0 L -8 4.5 Z"
          className="fill-line-strong"
          transform={`translate(${arrow.x} ${arrow.y}) rotate(${arrow.angle})`}
        />
      )}
      {placed.label !== null && (
        <EdgeLabelRenderer>
          {/* Said in each node's own words too. */}
          <span
            aria-hidden
            title={label}
            data-testid="flow-edge"
            className={cn(
              'absolute truncate rounded-full border bg-canvas px-2 py-px text-center text-xs text-ink-soft',
              !usual && 'border-dashed',
            )}
            style={{
              maxWidth: placed.label.width,
              transform: `translate(-50%, -50%) translate(${placed.label.x}px, ${placed.label.y}px)`,
            }}
          >
            {label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  )
}
