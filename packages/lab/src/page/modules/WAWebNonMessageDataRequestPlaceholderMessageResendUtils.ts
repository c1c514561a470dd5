/** No message comes undecrypted. */
export const make = () => ({ handlePlaceholderMsgsSeen: () => undefined })
