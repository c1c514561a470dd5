/** What the phone shows as the linked device's name. */
export const make = () => ({ info: () => ({ name: 'Chrome', os: 'Mac OS', version: '101.0.0' }) })
