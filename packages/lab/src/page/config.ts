import type { Generation } from '../domain/types.ts'

/** What a page is told about itself when it loads. */
export type PageConfig = {
  generation: Generation
  /** `window.Debug.VERSION`. */
  version: string
  /** The property of wids and message keys that holds the whole id as a string. */
  serialized: string
  /** `downloadAndMaybeDecrypt` throws without a mimetype. */
  downloadWantsMimetype: boolean
  /** Prepared media carries an own, undefined `__x_id`, which overwrites that of a message it is spread into. */
  mediaCarriesId: boolean
  noVersion: boolean
  missingModules: string[]
  fastSync: boolean
  neverSync: boolean
  doubleReady: boolean
  spuriousQr: boolean
  ballastMb: number
  storeMb: number
}

type Traits = Pick<PageConfig, 'version' | 'serialized' | 'downloadWantsMimetype' | 'mediaCarriesId'>

/** How the generations differ; the versions are of the weeks in which the real pages changed. */
export const traits: Record<Generation, Traits> = {
  classic: { version: '2.3000.1033000000', serialized: '_serialized', downloadWantsMimetype: false, mediaCarriesId: false },
  '2026-07': { version: '2.3000.1043850000', serialized: '$1', downloadWantsMimetype: true, mediaCarriesId: false },
  '2026-09': { version: '2.3000.1047775310', serialized: '$1', downloadWantsMimetype: true, mediaCarriesId: true },
  future: { version: '2.3000.1099000000', serialized: '$a4', downloadWantsMimetype: true, mediaCarriesId: true },
}
