/** Clients wrap this one for locations. */
export const make = () => ({ typeAttributeFromProtobuf: () => 'text' })
