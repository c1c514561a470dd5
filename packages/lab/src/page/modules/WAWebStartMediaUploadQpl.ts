/** Measures nothing. */
export const make = () => ({ startMediaUploadQpl: (_options: unknown): object => ({}) })
