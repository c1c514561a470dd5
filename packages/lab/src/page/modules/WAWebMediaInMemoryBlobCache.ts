/** Keeps nothing: the Lab is near. */
export const make = () => ({
  InMemoryMediaBlobCache: { put: (_hash: string, _data: unknown): void => undefined, get: (_hash: string) => undefined },
})
