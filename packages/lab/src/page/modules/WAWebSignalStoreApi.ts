import type { Page } from '../app/page.ts'

export const make = ({ keys }: Page) => ({
  waSignalStore: {
    getRegistrationInfo: async () => ({
      registrationId: 1,
      identityKeyPair: { pubKey: keys.identity.slice().buffer, privKey: new ArrayBuffer(32) },
    }),
  },
})
