/** No chat has disappearing messages. */
export const make = () => ({ getEphemeralFields: () => ({}) })
