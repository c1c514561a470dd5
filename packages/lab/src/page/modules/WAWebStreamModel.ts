export const make = () => ({ Stream: { markAvailable: () => undefined, markUnavailable: () => undefined } })
