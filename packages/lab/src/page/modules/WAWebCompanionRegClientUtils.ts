/** The last field of the QR: 1 is Chrome. */
export const make = () => ({ DEVICE_PLATFORM: '1' })
