/** No link has a preview. */
export const make = () => ({ getLinkPreview: async () => null })
