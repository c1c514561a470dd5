export const make = () => ({ sendPresenceAvailable: async () => undefined, sendPresenceUnavailable: async () => undefined })
