/** The whole queue comes in one piece. */
export const make = () => ({ OfflineMessageHandler: { getOfflineDeliveryProgress: (): number => 100 } })
