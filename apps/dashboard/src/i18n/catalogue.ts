/** Texts by id: Portuguese first, English second, side by side so that neither can be forgotten. ICU MessageFormat. */
export type Catalogue = Record<string, readonly [pt: string, en: string]>
