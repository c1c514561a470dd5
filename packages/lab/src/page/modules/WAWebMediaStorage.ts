import { MediaObject } from '../app/media.ts'

export const make = () => {
  const objects = new Map<string, MediaObject>()
  return {
    getOrCreateMediaObject: (filehash: string): MediaObject => {
      const known = objects.get(filehash)
      if (known) return known
      const made = new MediaObject(filehash)
      objects.set(filehash, made)
      return made
    },
  }
}
