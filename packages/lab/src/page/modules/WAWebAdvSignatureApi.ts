/** Signs the device's identity; nothing is signed here. */
export const make = () => ({})
