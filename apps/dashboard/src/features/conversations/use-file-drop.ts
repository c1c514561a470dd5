import { useState, type DragEvent } from 'react'

type FileDrop = {
  /** Files are held over it. */ isOver: boolean
  on: Record<'onDragOver' | 'onDragLeave' | 'onDrop', (event: DragEvent<HTMLElement>) => void>
}

/** Files can be dropped there. Text that is dragged is left to the fields. */
export function useFileDrop(onFiles: (files: Iterable<File>) => void): FileDrop {
  const [isOver, setOver] = useState(false)
  const take = (event: DragEvent, over: boolean): boolean => {
    if (!event.dataTransfer.types.includes('Files')) return false
    event.preventDefault()
    setOver(over)
    return true
  }
  return {
    isOver,
    on: {
      onDragOver: (event) => void take(event, true),
      onDragLeave({ relatedTarget, currentTarget }) {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOver(false)
      },
      onDrop(event) {
        if (take(event, false)) onFiles(event.dataTransfer.files)
      },
    },
  }
}
