export const make = () => ({ isPlaceholderMessageResendEnabled: (): boolean => false })
