import type { Page } from '../app/page.ts'

export const make = ({ keys }: Page) => ({
  waNoiseInfo: {
    get: async () => ({ staticKeyPair: { pubKey: keys.noise.slice().buffer, privKey: new ArrayBuffer(32) } }),
  },
})
