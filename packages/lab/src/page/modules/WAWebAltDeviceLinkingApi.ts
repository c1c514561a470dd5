import type { Page } from '../app/page.ts'

/** Linking by a code instead of a QR. */
export const make = ({ connection }: Page) => {
  let kind = 'QR'
  return {
    setPairingType: (type: string): void => {
      kind = type
    },
    initializeAltDeviceLinking: async (): Promise<void> => {
      if (kind !== 'ALT_DEVICE_LINKING') throw new Error('the pairing type is still QR')
    },
    startAltLinkingFlow: (phone: string, _showNotification: boolean): Promise<string> =>
      connection.ask<string>({ type: 'pairing_code', phone }),
    initializeQRLinking: async (): Promise<void> => {
      kind = 'QR'
    },
  }
}
