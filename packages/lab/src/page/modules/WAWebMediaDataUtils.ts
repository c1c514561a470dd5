export const make = () => ({ shouldUseMediaCache: (_type: string): boolean => true })
