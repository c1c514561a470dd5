type Kind = { type: string; isGif?: boolean; isNewsletter?: boolean }

export const make = () => ({
  msgToMediaType: ({ type, isGif }: Kind): string => (isGif ? 'gif' : type),
  castToV4: (type: string): string => type,
})
